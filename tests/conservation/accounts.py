# SPDX-License-Identifier: GPL-3.0-or-later
"""The bookkeeping of a run: what services hold against what the forwarder says."""

import collections
import json

from scenario import is_wanted_by_filter, message_of

#: A request that was sent may have been stored, and its answer be unknown to the journal, while
#: the mark of the one before is still being written.
UNWRITTEN = 1


class Book:
    """One endpoint: what arrived, in which way it may have arrived twice, and the ledger."""

    def __init__(self, service):
        self.service = service
        self.lost = 0  #: arrived, but the service hid that
        self.killed = 0  #: arrived, but the forwarder was killed before it had noted that
        self.stalled = 0  #: arrived after the forwarder had given up waiting
        self.left = 0  #: arrived when the forwarder had ended with a request under way
        self.delivered = 0
        self._arrived = 0
        self._lost_before = 0
        self._most = 1

    def close(self, ledger, kills, stall_seconds, exit_code):
        """Balances one command; gives what is wrong. Nobody may be sending."""
        requests = self.service.stored_requests()
        arrived = self.service.arrived()
        lost_in_all = sum(records for records, is_answered in requests if not is_answered)
        lost = lost_in_all - self._lost_before
        delivered = ledger["delivered"] if ledger else 0
        unnoted = (arrived - self._arrived) - lost - (delivered - self.delivered)
        self._most = max([self._most, *(records for records, _ in requests)])
        self._arrived, self._lost_before, self.delivered = arrived, lost_in_all, delivered
        self.lost += lost
        return self._attribute(unnoted, kills, stall_seconds, exit_code)

    def _attribute(self, unnoted, kills, stall_seconds, exit_code):
        plan = self.service.plan
        in_flight = plan.settings["max_in_flight"]
        name = plan.name
        if unnoted < 0:
            return [f"{name}: {-unnoted} more delivered than arrived"]
        if unnoted == 0:
            return []
        is_late = stall_seconds > plan.timeout
        allowed = 0
        if kills:
            allowed += (in_flight + UNWRITTEN) * self._most
        if is_late:
            allowed += in_flight * self._most * (1 + int(stall_seconds / plan.timeout))
        if exit_code == 4:
            allowed += in_flight * self._most
        if kills:
            self.killed += unnoted
        elif is_late:
            self.stalled += unnoted
        else:
            self.left += unnoted
        if unnoted > allowed:
            return [f"{name}: {unnoted} arrived and were not noted, where {allowed} can be under way"]
        return []


class Account:
    """The end of a run at one endpoint, id by id."""

    def __init__(self, scenario, book, ledger, failed):
        self.name = book.service.plan.name
        self.ledger = ledger
        self.failed = failed  #: {id: whether its batch says that it may have arrived}
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
        wrong = [r["metadata"]["id"] for r in records
                 if r["message"] != message_of(self._scenario, int(r["metadata"]["id"]))]
        if wrong:
            self.problems.append(f"{self.name}: {len(wrong)} messages changed, first {wrong[0]}")

    def check(self, accepted, discarded):
        """What is wrong, given the ids that were accepted and those that were discarded here."""
        ledger = self.ledger
        unwanted = set()
        if self._book.service.plan.filters:
            unwanted = {number for number in accepted if not is_wanted_by_filter(number)}
        failed = set(self.failed)
        arrived = set(self.arrived)
        missing = accepted - arrived - failed - unwanted - discarded
        self._expect("missing " + _some(missing), len(missing), 0)
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
        self._check_duplicates(failed | discarded)
        return self.problems

    def _check_duplicates(self, undelivered):
        book = self._book
        hidden = sum(1 for n in undelivered if n in self.arrived and not self.failed.get(n, True))
        if hidden > book.killed + book.left:
            self.problems.append(f"{self.name}: {hidden} failed records arrived, and none says so")
        allowed = book.lost + book.killed + book.stalled + book.left
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


def _some(ids):
    return str(sorted(ids)[:5])
