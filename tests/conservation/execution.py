# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out a scenario with real processes and balances the books after each command."""

import os
import re
import time

from accounts import Account, Book, failed_of
from feeding import HttpFeeder, PipeFeeder, write_file
from processes import Clock, Configuration, Forwarder, PracticeService, SmallDisk, Trouble, wait_until
from scenario import POISON, Step
from watch import Watch

#: Seconds without any delivery after which a command ends with records waiting.
STEP_PATIENCE = "1.5"
#: The same where everything is to be delivered.
DRAIN_PATIENCE = "20"


class Execution:
    """One run in a folder of its own."""

    def __init__(self, scenario, program, folder, faketime="", can_mount=False):
        self.scenario = scenario
        self.problems = []
        self.kills = 0
        self.replayed = 0  #: records that a replay delivered
        self.drains = 0  #: commands that were needed in the end until nothing waited
        self.busy = 0  #: requests that `serve` refused for now
        self.unknown = 0  #: records of half-closed requests that got no answer
        self.evicted = 0  #: records that the journal removed to make room on a full disk
        self.accounts = []
        self.configuration = None
        self._folder = folder
        self._faketime = faketime
        self._pending = list(range(scenario.records))  #: not accepted yet
        self._accepted = 0
        journal = os.path.join(folder, "journal")
        self._disk = None
        if scenario.disk_mebibytes and can_mount:
            self._disk = SmallDisk(os.path.join(folder, "disk"), scenario.disk_mebibytes)
            journal = os.path.join(self._disk.folder, "journal")
        self.journal = journal
        self._forwarder = Forwarder(program, folder, journal)
        self._services = [PracticeService(program, folder, plan, scenario.seed)
                          for plan in scenario.endpoints]
        self.books = [Book(service) for service in self._services]

    # The run

    def execute(self):
        """Everything; what went wrong is in `problems` afterwards."""
        try:
            for service in self._services:
                service.start(self._faults(service.plan))
            # A little ago, in true time: services refuse what is old or in the future.
            self.scenario.start = time.time_ns() - 60_000_000_000
            self._configure()
            for step in self.scenario.steps:
                self._take(step)
            self._heal(is_strict=True)
            self._take(Step("file", len(self._pending)))
            self._drain()
            discarded = self._settle_failed()
            self._check(discarded)
        except Trouble as trouble:
            self.problems.append(str(trouble))
        finally:
            self._tidy()

    def _configure(self):
        endpoints = [self._configuration(service) for service in self._services]
        self.configuration = Configuration(os.path.join(self._folder, "config"), endpoints)

    @staticmethod
    def _configuration(service):
        plan = service.plan
        path = "/logs" if plan.service == "generic" else ""
        endpoint = {"name": plan.name, "service": plan.service, "timeout": plan.timeout,
                    "url": f"http://127.0.0.1:{service.port}{path}", **plan.settings}
        if plan.service == "cloudwatch":
            endpoint["cloudwatch"] = {"region": "eu-central-1"}
        else:
            endpoint["api_key"] = "env:CONSERVATION_KEY"
        return endpoint

    @staticmethod
    def _faults(plan, is_ill=True, is_strict=True):
        faults = list(plan.faults) if is_ill else []
        return faults + [f"reject={POISON}"] * (plan.is_strict and is_strict)

    def _heal(self, is_strict):
        """From now on services only refuse what they must, or nothing."""
        for service in self._services:
            service.stop()
            service.start(self._faults(service.plan, is_ill=False, is_strict=is_strict))

    def _drain(self):
        for _ in range(4):
            self.drains += 1
            code, _ = self._forwarder.run("drain", "--timeout", DRAIN_PATIENCE)
            self._close_books(exit_code=code)
            if code in (0, 3):
                return
        raise Trouble(f"drain ends with {code} though all endpoints are well")

    def _tidy(self):
        for service in self._services:
            service.hold(False)
            service.end()

    # A command that takes records

    def _take(self, step):
        numbers = self._pending[:step.records]
        clock = self._clock(step)
        outage = step.first("outage")
        if outage:
            self._services[outage.endpoint].stop()
        refused = step.first("refused")
        if refused:
            self._services[refused.endpoint].stop()
            self._services[refused.endpoint].start(["401"])
        process, feeder = self._start(step, numbers, clock)
        watch = Watch(self, step, process, feeder, clock)
        try:
            watch.follow()
        finally:
            self._end_disturbances(outage, refused)
        self._close_books(watch.kills, watch.stalled, process.returncode)
        self.kills += watch.kills
        self._note_accepted(step, numbers, watch, feeder)

    def _clock(self, step):
        if not self._faketime or not (step.clock or step.first("jump")):
            return None
        return Clock(self._faketime, self._folder, step.clock)

    def _start(self, step, numbers, clock):
        environment = clock.environment() if clock else {}
        patience = ["--timeout", STEP_PATIENCE]
        start = self._forwarder.start
        if step.kind == "drain":
            return start(["drain", *patience], environment), None
        if step.kind == "pipe":
            process = start(["send", *patience, "-"], environment, stdin=-1)
            feeder = PipeFeeder(self.scenario, step, numbers, process.stdin)
        elif step.kind == "serve":
            process, port = self._serve(patience, environment)
            feeder = HttpFeeder(self.scenario, step, numbers, port)
        else:
            path = os.path.join(self._folder, "in.ndjson")
            write_file(path, self.scenario, numbers)
            return start(["send", *patience, path], environment), None
        feeder.start()
        return process, feeder

    def _serve(self, patience, environment):
        path = os.path.join(self._folder, "serve.log")
        with open(path, "wb") as log:
            process = self._forwarder.start(["serve", "--port", "0", *patience], environment,
                                            stderr=log)

        def port():
            with open(path, "rb") as log:
                found = re.search(rb"receiving at http://127.0.0.1:(\d+)", log.read())
            return int(found[1]) if found else process.poll() is not None and -1

        listens = wait_until(port, "serve listens", 60)
        if listens < 0:
            raise Trouble(f"serve ends with {process.returncode}")
        return process, listens

    def _end_disturbances(self, outage, refused):
        if self._disk:
            self._disk.free()
        for service in self._services:
            service.hold(False)
        if outage:
            self.come_back(outage)
        if refused:
            self.take_key(refused)
        self.configuration.restore()

    def come_back(self, outage):
        """Ends an outage, if it has not ended."""
        service = self._services[outage.endpoint]
        if not service.is_up:
            service.start(self._faults(service.plan))

    def take_key(self, refused):
        """Takes the forwarder's key from now on. While it did not, nothing was stored, so that
        nothing is lost though somebody may be sending."""
        service = self._services[refused.endpoint]
        if refused.seconds:
            refused.seconds = 0
            service.stop()
            service.start(self._faults(service.plan))

    def times_taken_over(self):
        """How often the present `serve` has told that it goes by another configuration."""
        with open(os.path.join(self._folder, "serve.log"), "rb") as log:
            return log.read().count(b"took over")

    def service(self, disturbance):
        """The service that it is about."""
        return self._services[disturbance.endpoint]

    @property
    def disk(self):
        """The small disk, or None."""
        return self._disk

    def _note_accepted(self, step, numbers, watch, feeder):
        code = watch.exit_code
        accepted = self._accepted_now() - self._accepted
        least = feeder.acknowledged if step.kind == "serve" else len(numbers)
        if watch.kills:
            least = feeder.acknowledged if feeder else 0
        elif code not in (0, 3, 4):
            self.problems.append(f"{step.kind} ends with {code}")
        if step.kind == "serve":
            self._expect_served(step, numbers, watch, feeder)
        if not least <= accepted <= len(numbers):
            self.problems.append(f"{step.kind} ended with {code} and accepted {accepted} of "
                                 f"{len(numbers)} records, acknowledged {least}")
        # Taken in their order, so it is the first ones; else _check() misses some.
        self._pending = self._pending[max(accepted, 0):]
        self._accepted += accepted

    def _expect_served(self, step, numbers, watch, feeder):
        """A `serve` that lives takes all that it is given; a full disk is the only reason to ask
        a client to come again."""
        self.busy += feeder.busy
        self.unknown += feeder.unknown
        if feeder.refusal:
            self.problems.append(f"serve refused for good: {feeder.refusal}")
        if feeder.busy and not (self._disk and step.first("full")):
            self.problems.append(f"serve refused {feeder.busy} requests for now, without a reason")
        given = feeder.acknowledged + feeder.unknown
        if not watch.kills and given != len(numbers):
            self.problems.append(f"serve took {given} of {len(numbers)} records, and nothing "
                                 "stopped it")

    def _accepted_now(self):
        accepted = {ledger["accepted"] for ledger in self._forwarder.ledgers().values()} or {0}
        if len(accepted) > 1:
            raise Trouble(f"the endpoints accepted different numbers of records: {accepted}")
        return accepted.pop()

    def _close_books(self, kills=0, stalled=None, exit_code=0):
        for service in self._services:
            wait_until(service.is_quiet, f"{service.plan.name} is quiet", 30)
        ledgers = self._forwarder.ledgers()
        failed, _ = failed_of(self._forwarder, ledgers) if ledgers else ({}, [])
        for book in self.books:
            name = book.service.plan.name
            ledger = ledgers.get(name)
            self.problems += book.close_failed(failed.get(name, {}))
            if ledger and not ledger["balanced"]:
                self.problems.append(f"{name}: the ledger does not balance: {ledger}")
            seconds = (stalled or {}).get(name, 0)
            self.problems += book.close(ledger, kills, seconds, exit_code)

    # The end

    def _settle_failed(self):
        """Replays or discards; gives the discarded ids by endpoint."""
        names = [service.plan.name for service in self._services]
        _, batches = failed_of(self._forwarder, names)
        discarded = {name: set() for name in names}
        how = self.scenario.replay
        if not batches or how == "none":
            return discarded
        if how != "refused":
            self._heal(is_strict=False)
        if how == "discard":
            self._forwarder.run("failed", "discard", str(batches[0]["id"]))
            discarded[batches[0]["endpoint"]] = set(batches[0]["ids"])
        before = sum(book.delivered for book in self.books)
        if how == "killed":
            self._kill_replay()
        which = ["--endpoint", batches[0]["endpoint"]] if how == "endpoint" else ["--all"]
        if how == "discard" and len(batches) == 1:
            return discarded
        code, _ = self._forwarder.run("failed", "replay", *which)
        self._close_books(exit_code=code)
        self.replayed = sum(book.delivered for book in self.books) - before
        self._expect_replayed(code, which, names)
        return discarded

    def _kill_replay(self):
        process = self._forwarder.start(["failed", "replay", "--all"])
        time.sleep(self.scenario.seed % 20 * 0.005)
        process.kill()
        process.communicate()
        self._close_books(kills=1)
        self.kills += 1

    def _expect_replayed(self, code, which, names):
        _, batches = failed_of(self._forwarder, names)
        left = [b for b in batches if which == ["--all"] or b["endpoint"] == which[1]]
        if self.scenario.replay != "refused" and (left or code):
            self.problems.append(f"replay ends with {code} and leaves {len(left)} batches")

    def _check(self, discarded):
        accepted = set(range(self.scenario.records))
        held = self._forwarder.journal_ids()
        evicted = accepted.difference(held)
        # Only a full disk is a reason to remove records, and only settled ones: see Account.
        if (len(set(held)) != len(held) or not accepted.issuperset(held)
                or not self._disk and evicted):
            self.problems.append(
                f"the journal holds {len(held)} records, {len(set(held))} distinct, "
                f"of {len(accepted)} that were accepted")
        self.evicted = len(evicted)
        ledgers = self._forwarder.ledgers()
        failed, _ = failed_of(self._forwarder, ledgers)
        for book in self.books:
            name = book.service.plan.name
            account = Account(self.scenario, book, ledgers[name], failed[name])
            self.problems += account.check(accepted, discarded[name], evicted)
            self.accounts.append(account)
