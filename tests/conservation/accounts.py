# SPDX-License-Identifier: GPL-3.0-or-later
"""The bookkeeping of a run: what services hold against what the forwarder says."""

import calendar
import collections
import json
import time

from scenario import is_wanted_by_filter, record_of, time_of

#: So many answered requests may wait to be noted when one more is sent: a kill loses these marks,
#: too. It is one less than mostUnwritten in core/delivery/backlog.cpp.
UNWRITTEN = 7
#: The exit code of a command that stopped with records waiting, perhaps with a request under way.
ENDED_WAITING = 4
#: Why a record that arrived may not be noted as delivered, but for a service that hides it: the
#: forwarder was killed, it ended with a request under way, it gave up a stalled service.
CAUSES = ("killed", "left", "stalled")


class Book:
    """One endpoint: what arrived, in which way it may have arrived twice, and the ledger."""

    def __init__(self, service):
        self.service = service
        self.lost = 0  #: arrived, but the service hid that
        self.causes = dict.fromkeys(CAUSES, 0)  #: arrived, but not noted, by why
        self.bounds = dict.fromkeys(CAUSES, 0)  #: how many those can be, at most
        self.delivered = 0
        self.failed = {}  #: {id: whether its batch says that it may have arrived}
        self.marked = 0  #: records that failed after their answer was withheld, and say so
        self.was_interrupted = False  #: a command was killed, or ended with records waiting
        self._arrived = 0
        self._hidden = collections.Counter()
        self._lost_before = 0
        self._requests = 0
        self._sizes = []  #: records of each request of the last command

    def close(self, ledger, kills, stall_seconds, exit_code):
        """Balances one command; gives what is wrong. Nobody may be sending."""
        requests = self.service.stored_requests()
        arrived = self.service.arrived()
        lost_in_all = sum(records for records, is_answered in requests if not is_answered)
        lost = lost_in_all - self._lost_before
        delivered = ledger["delivered"] if ledger else 0
        unnoted = (arrived - self._arrived) - lost - (delivered - self.delivered)
        # In the order of their size: what was not noted is not more than the largest of these.
        self._sizes = sorted((records for records, is_answered in requests[self._requests:]
                              if is_answered), reverse=True)
        self._requests = len(requests)
        self._arrived, self._lost_before, self.delivered = arrived, lost_in_all, delivered
        self.lost += lost
        self.was_interrupted |= bool(kills) or exit_code == ENDED_WAITING
        return self._attribute(unnoted, kills, stall_seconds, exit_code)

    def close_failed(self, failed):
        """Notes the failed records after a command; gives what is wrong. A record that arrived
        in it behind the forwarder's back, and failed in it, has to say that it may have arrived:
        by id, so that no other record's cause excuses it. An earlier command cannot have told
        this one, because what a process knows of open batches ends with it."""
        hidden = self.service.hidden()
        fresh = hidden - self._hidden
        suspects = [number for number in failed if number not in self.failed and number in fresh]
        unmarked = [number for number in suspects if not failed[number]]
        self.marked += len(suspects) - len(unmarked)
        self._hidden, self.failed = hidden, failed
        if unmarked:
            return [f"{self.service.plan.name}: {len(unmarked)} records failed after an answer to "
                    f"them was withheld, and do not say so: {_some(unmarked)}"]
        return []

    def _attribute(self, unnoted, kills, stall_seconds, exit_code):
        if unnoted < 0:
            return [f"{self.service.plan.name}: {-unnoted} more delivered than arrived"]
        rest = unnoted
        for cause, bound in self._bounds(kills, stall_seconds, exit_code).items():
            self.bounds[cause] += bound
            share = min(rest, bound)
            self.causes[cause] += share
            rest -= share
        if rest:
            return [f"{self.service.plan.name}: {unnoted} arrived and were not noted, where "
                    f"{unnoted - rest} can have been under way"]
        return []

    def _bounds(self, kills, stall_seconds, exit_code):
        """How many records each cause can have left under way, at most."""
        plan = self.service.plan
        in_flight = plan.settings["max_in_flight"]
        bounds = dict.fromkeys(CAUSES, 0)
        if kills:
            bounds["killed"] = sum(self._sizes[:in_flight + UNWRITTEN])
        if exit_code == ENDED_WAITING:
            bounds["left"] = sum(self._sizes[:in_flight])
        if stall_seconds > plan.timeout:
            given_up = 1 + int(stall_seconds / plan.timeout)
            bounds["stalled"] = sum(self._sizes[:in_flight * given_up])
        return bounds


class Account:
    """The end of a run at one endpoint, id by id."""

    def __init__(self, scenario, book, ledger, failed):
        self.name = book.service.plan.name
        self.ledger = ledger
        self.failed = failed  #: {id: whether its batch says that it may have arrived}
        self.missing = 0  #: ids that are neither delivered nor listed nor discarded, counted by id
        self.unmarked = 0  #: records that arrived, are listed as failed, and do not say so
        self.problems = []
        self._scenario = scenario
        self._book = book
        records = book.service.all_records()
        self.arrived = collections.Counter(int(r["metadata"]["id"]) for r in records)
        self._compare_content(records)

    @property
    def duplicates(self):
        """Arrivals that were not the first of their id."""
        return self.arrived.total() - len(self.arrived)

    def _expect(self, what, found, expected):
        if found != expected:
            self.problems.append(f"{self.name}: {what} is {found}, not {expected}")

    def _compare_content(self, records):
        wrong = collections.Counter()
        examples = {}
        first = {}
        for record in records:
            number = int(record["metadata"]["id"])
            known = record_of(self._scenario, number)
            record["metadata"]["id"] = number  # Loki's values are all text
            changed = {key for key in known.keys() | record.keys()
                       if known.get(key) != record.get(key)}
            if self._is_loki_time(number, record):
                changed.discard("timestamp")
            if record != first.setdefault(number, record):
                changed.add("a repetition")
            wrong.update(changed)
            examples.update(dict.fromkeys(changed - examples.keys(), number))
        for key, count in wrong.items():
            self.problems.append(f"{self.name}: {key} changed in {count} records, among them "
                                 f"{examples[key]}")

    def _is_loki_time(self, number, record):
        """Whether a time has only got the digits that its clock did not count: Loki merges equal
        lines of equal time, so the forwarder tells them apart by these."""
        if self._book.service.plan.service != "grafana":
            return False
        sent = time_of(self._scenario, number)
        unit = 1_000_000 if sent % 1_000_000 == 0 else 1000 if sent % 1000 == 0 else 1
        return 0 <= ns_of(record["timestamp"]) - sent < unit

    def check(self, accepted, discarded, evicted):
        """What is wrong, given the ids that were accepted, discarded here, and those of them that
        the journal does not hold any more."""
        ledger = self.ledger
        unwanted = set()
        if self._book.service.plan.filters:
            unwanted = {number for number in accepted if not is_wanted_by_filter(number)}
        failed = set(self.failed)
        arrived = set(self.arrived)
        settled = arrived | failed | unwanted | discarded
        missing = accepted - settled
        self.missing = len(missing)
        self._expect("missing " + _some(missing), len(missing), 0)
        unsettled = evicted - settled
        self._expect("evicted but not settled " + _some(unsettled), len(unsettled), 0)
        strange = (arrived | failed) - accepted
        self._expect("never accepted " + _some(strange), len(strange), 0)
        self._expect("unwanted but delivered", len(unwanted & arrived), 0)
        self._expect("accepted", ledger["accepted"], len(accepted))
        self._expect("delivered", ledger["delivered"], len(arrived - failed - discarded))
        self._expect("failed", ledger["failed"], len(failed))
        self._expect("waiting and in flight", ledger["waiting"] + ledger["in_flight"], 0)
        self._expect("balanced", ledger["balanced"], True)
        expected = {"operator": len(discarded), "filter": len(unwanted), "shed": 0, "damaged": 0,
                    "expired": 0}
        self._expect("discarded", ledger["discarded"], expected)
        self._check_duplicates()
        return self.problems

    def _check_duplicates(self):
        book = self._book
        unmarked = [number for number, is_marked in self.failed.items()
                    if not is_marked and number in self.arrived]
        self.unmarked = len(unmarked)
        # See close_failed(): only an interruption lets the forwarder forget that it has sent.
        if unmarked and not book.was_interrupted:
            self.problems.append(f"{self.name}: {len(unmarked)} failed records arrived and do not "
                                 f"say so: {_some(unmarked)}")
        allowed = book.lost + sum(book.causes.values())
        if self.duplicates > allowed:
            self.problems.append(
                f"{self.name}: {self.duplicates} duplicates, where {allowed} can be explained")


def failed_of(forwarder, names):
    """{endpoint: {id: may have arrived}} of all failed batches, and the batches themselves."""
    failed = {name: {} for name in names}
    batches = forwarder.ask("failed", "list")["failed"]
    for batch in batches:
        shown = forwarder.ask("failed", "show", str(batch["id"]))
        ids = [record["metadata"]["id"] for record in shown["content"]]
        if not batch["reason"] or len(ids) != batch["records"]:
            raise ValueError(f"batch {batch['id']} has no reason or not its records: "
                             + json.dumps(batch))
        batch["ids"] = ids
        for number in ids:
            failed[batch["endpoint"]][number] = batch["may_have_arrived"]
    return failed, batches


def ns_of(text):
    """The nanoseconds since the epoch of a time as the forwarder writes it."""
    whole, fraction = text.rstrip("Z").split(".")
    seconds = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000_000 + int(fraction)


def _some(ids):
    return str(sorted(ids)[:5])
