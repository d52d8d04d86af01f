# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows a command of the forwarder, and disturbs it as its step says."""

import time

from processes import wait_until
from scenario import ACCIDENTS, REROUTING

#: Seconds within which a `serve` has seen that its configuration is back; if not, it never missed it.
NOTICE = 5


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
        self._crawling = None
        self._is_gated = False
        self._returns = None  #: when endpoints.json came back, and how often serve had told then
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
            elif one.kind == "refused":
                yield end, lambda one=one: self._take_key(one)
            elif one.kind == "slow":
                yield one.start, lambda one=one: self._crawl(one)
            elif one.kind in ACCIDENTS:
                yield one.start, lambda one=one: self._suffer(one)
                yield end, self._restore
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

    def _take_key(self, one):
        # A stalled service cannot be asked what it got before another takes its place.
        if self._held and self._held[0] is self._run.service(one):
            self._go_on()
        self._run.take_key(one)

    def _crawl(self, one):
        service = self._run.service(one)
        if service.is_up:
            self._crawling = service.crawl(one.seconds)
            self.stalled[service.plan.name] = one.seconds

    def _suffer(self, one):
        # What comes while an endpoint is not there is not for it; that is another matter.
        if one.kind in REROUTING:
            self._is_gated = self._feeder.gate.acquire(timeout=10)
        if one.kind not in REROUTING or self._is_gated:
            self._run.configuration.suffer(one.kind, self._run.service(one).plan.name)

    def _restore(self):
        if self._is_serving:
            self._returns = time.monotonic(), self._run.times_taken_over()
        self._run.configuration.restore()

    def _is_back(self):
        """Whether serve goes by the whole configuration again."""
        since, told = self._returns
        return self._run.times_taken_over() > told or time.monotonic() > since + NOTICE

    def _open_gate(self):
        if self._is_gated:
            self._feeder.gate.release()
            self._is_gated = False

    def follow(self):
        """Until the process has ended."""
        def has_ended():
            self._play()
            return self._process.poll() is not None
        try:
            wait_until(has_ended, "the forwarder ends")
        except BaseException:
            self._process.kill()
            raise
        finally:
            self._go_on()
            if self._crawling:
                self._crawling.join()
            self._process.wait()
            self._open_gate()
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
        if self._returns and self._is_back():
            self._returns = None
            self._open_gate()
        if self._is_serving and not self._feeder.is_alive() and not self._is_suffering():
            self._process.terminate()
            self._is_serving = False

    def _is_suffering(self):
        """Whether endpoints.json is not as it should be, will not be, or has just come back."""
        return self._returns or any(event[1] == self._restore for event in self._events)

    def _is_blind(self):
        return self._held and self._held[0] is self._run.service(self._kill)
