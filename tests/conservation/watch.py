# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows a command of the forwarder, and disturbs it as its step says."""

import time

from processes import Trouble, wait_until


class Watch:
    """Follows a process to its end, with the disturbances at their times."""

    def __init__(self, run, step, process, feeder, clock):
        self.kills = 0
        self.stalled = {}  #: seconds by the endpoint's name
        self.exit_code = None
        self._run = run
        self._process = process
        self._feeder = feeder
        self._begin = time.monotonic()
        self._is_serving = step.kind == "serve"
        self._kill = step.first("kill")
        self._held = None
        self._arrived_before = self._arrived() if self._kill and self._kill.arrived else 0
        self._events = sorted(self._schedule(step, clock), key=lambda event: event[0])

    def _arrived(self):
        return self._run.service(self._kill).arrived()

    def _schedule(self, step, clock):
        for one in step.disturbances:
            end = one.start + one.seconds
            if one.kind == "kill" and not one.arrived:
                yield one.start, self._end
            elif one.kind == "outage":
                yield end, lambda one=one: self._run.come_back(one)
            elif one.kind == "stall":
                yield one.start, lambda one=one: self._stall(one)
                yield end, self._go_on
            elif one.kind == "full" and self._run.disk:
                yield one.start, self._run.disk.fill
                yield end, self._run.disk.free
            elif one.kind == "jump" and clock:
                yield one.start, lambda one=one: clock.set(one.offset)

    def _end(self):
        self._process.kill()
        self.kills = 1

    def _stall(self, one):
        self._held = self._run.service(one), time.monotonic()
        self._held[0].hold(True)

    def _go_on(self):
        if self._held:
            service, since = self._held
            service.hold(False)
            self.stalled[service.plan.name] = time.monotonic() - since
            self._held = None

    def follow(self):
        """Until the process has ended."""
        def has_ended():
            self._play()
            return self._process.poll() is not None
        try:
            wait_until(has_ended, "the forwarder ends")
        except Trouble:
            self._process.kill()
            raise
        finally:
            self._go_on()
            self._process.wait()
            self._process.stdout.close()
            if self._feeder:
                self._feeder.join()
        self.exit_code = self._process.returncode
        if self.exit_code != -9:
            self.kills = 0  # it was faster

    def _play(self):
        elapsed = time.monotonic() - self._begin
        while self._events and self._events[0][0] <= elapsed:
            self._events.pop(0)[1]()
        if self._kill and self._kill.arrived and not self.kills and not self._is_blind():
            if self._arrived() - self._arrived_before >= self._kill.arrived:
                self._end()
        if self._is_serving and not self._feeder.is_alive():
            self._process.terminate()
            self._is_serving = False

    def _is_blind(self):
        return self._held and self._held[0] is self._run.service(self._kill)
