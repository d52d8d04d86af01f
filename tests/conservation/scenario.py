# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run does: a seed decides all of it, so that a run can be repeated."""

import random
import time
from dataclasses import dataclass, field

SERVICES = ("generic", "grafana", "datadog", "otlp", "cloudwatch")
POISON = "poisoned"
#: Of the endpoints that are asked to fail by never answering, or that are stalled.
SHORT_TIMEOUT = 2.0
LONG_TIMEOUT = 10.0
#: What happens to endpoints.json under a running `serve`, and passes: it is moved away, it is
#: emptied to no bytes, it becomes rubbish, or a list with no endpoint, without one of them, with one
#: of them disabled.
ACCIDENTS = ("moved", "emptied", "rubbish", "nobody", "removed", "disabled")
#: Those that a `send` or `drain` under way is to overlook: it goes by what it read at its start.
VANISHING = ("moved", "emptied", "rubbish")
#: Those of which a record that comes meanwhile may rightly not go to every endpoint.
REROUTING = ("nobody", "removed", "disabled")

# Not 30 days back or more: what is accepted then is removed, by its age, as soon as the clock is
# right again. Forth only by a jump, which retention notices.
_OFFSETS = ("+3h", "-2h", "+20h", "-30h", "+90s", "-90s", "-20d", "+40d")
_LEVELS = ("debug", "info", "info", "warning", "error")
_WORDS = random.Random(20_261_122).choices("abcdefghijklmnopqrstuvwxyz     0123456789", k=8192)
_TEXT = "".join(_WORDS)


@dataclass
class EndpointPlan:
    """An endpoint as configured, and what its service does wrong."""

    name: str
    service: str
    faults: list = field(default_factory=list)
    latency: int = 0
    timeout: float = LONG_TIMEOUT
    settings: dict = field(default_factory=dict)
    is_strict: bool = False  #: refuses requests with poisoned records

    @property
    def filters(self):
        """Whether it wants only warnings and what is worse."""
        return "filter" in self.settings


@dataclass
class Disturbance:
    """Something that happens while a command runs."""

    kind: str  #: kill, outage, stall, full, jump, refused, slow, or one of ACCIDENTS
    start: float = 0.0  #: seconds after the command's start
    seconds: float = 0.0
    endpoint: int = 0
    arrived: int = 0  #: kill: when so many records of the command have arrived there
    offset: str = ""  #: jump: what the clock shows more than it should


@dataclass
class Step:
    """A command of the forwarder that takes records, and what disturbs it."""

    kind: str  #: file, pipe, serve, drain
    records: int = 0
    chunk: int = 0  #: records of a write or request
    pause: float = 0.0  #: seconds between two of them
    is_half_closed: bool = False  #: serve: the client of the last request ends its sending side
    clock: str = ""  #: how wrong the clock is from the start on
    disturbances: list = field(default_factory=list)

    def first(self, kind):
        """The disturbance of that kind, or None."""
        return next((d for d in self.disturbances if d.kind == kind), None)

    def accident(self):
        """What happens to endpoints.json, or None."""
        return next((d for d in self.disturbances if d.kind in ACCIDENTS), None)


@dataclass
class Scenario:
    """One run."""

    seed: int
    records: int
    endpoints: list
    steps: list
    poisoned: frozenset
    message_bytes: int
    replay: str  #: what becomes of failed batches: all, killed, endpoint, discard, refused, none
    disk_mebibytes: int = 0  #: 0: no small disk
    start: int = 0  #: ns since the epoch, the time of the records; not the seed's to decide

    def ingredients(self):
        """The names of what this run has, for people."""
        names = {f.split(":")[0] for e in self.endpoints for f in e.faults}
        names |= {d.kind for s in self.steps for d in s.disturbances}
        names |= {s.kind for s in self.steps if s.kind in ("pipe", "serve")}
        names |= {"clock" for s in self.steps if s.clock or s.first("jump")}
        names |= {"reject" for e in self.endpoints if e.is_strict}
        names |= {"filter" for e in self.endpoints if e.filters}
        names |= {"fin" for s in self.steps if s.kind == "serve" and s.is_half_closed}
        names |= {"park" for e in self.endpoints if "on_exhausted" in e.settings}
        return sorted(names - {"jump"})


def level_of(number):
    """The level of the record with that id."""
    return _LEVELS[number * 7919 % 5]


def is_wanted_by_filter(number):
    """Whether the record passes level>=warning."""
    return level_of(number) in ("warning", "error")


def message_of(scenario, number):
    """The message of the record with that id, so that its content can be compared too."""
    begin = number * 131 % 4096
    length = number * 2_654_435_761 % scenario.message_bytes
    poison = POISON if number in scenario.poisoned else ""
    return f"record {number} {poison} {_TEXT[begin:begin + length]}|"


def time_of(scenario, number):
    """The time of the record with that id in ns; clocks that count coarsely are among them."""
    time = scenario.start + number * 1_000_003
    unit = 1_000_000 if number % 10 == 0 else 1000 if number % 2 == 0 else 1
    return time - time % unit


def record_of(scenario, number):
    """The record with that id, in the forwarder's own JSON."""
    seconds, ns = divmod(time_of(scenario, number), 1_000_000_000)
    clock = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return {"timestamp": f"{clock}.{ns:09}Z", "level": level_of(number),
            "message": message_of(scenario, number), "run_id": f"run-{number % 3}",
            "workflow_name": "conservation", "metadata": {"id": number}}


def _faults(dice):
    shares = {
        "429": (0.01, 0.06), "500": (0.02, 0.08), "503": (0.02, 0.08),
        "drop": (0.02, 0.08), "lost": (0.03, 0.1), "half": (0.03, 0.1), "timeout": (0.01, 0.03),
    }
    kinds = dice.sample(sorted(shares), dice.choice((0, 1, 1, 2, 2, 3)))
    return [f"{kind}:{dice.uniform(*shares[kind]):.3f}" for kind in kinds]


def _endpoint(dice, service, number):
    plan = EndpointPlan(f"{service} {number}", service, _faults(dice))
    plan.latency = dice.choice((0, 0, 2, 10))
    plan.is_strict = dice.random() < 0.4
    plan.settings = {
        "buffer_size": dice.choice((50, 200, 1000)),
        "flush_interval": dice.choice((0.05, 0.2, 1)),
        "max_in_flight": dice.choice((1, 1, 2, 4)),
        "max_retries": dice.choice((1, 3, 3)),
    }
    if dice.random() < 0.2:
        plan.settings["on_exhausted"] = "park"
        if dice.random() < 0.6:
            # Often enough for batches to fail by it: a withheld answer is asked for again, twice.
            plan.faults = [f"{dice.choice(('lost', 'half'))}:{dice.uniform(0.3, 0.5):.3f}"]
            plan.settings["max_retries"] = 1
    if dice.random() < 0.2:
        plan.settings["filter"] = "level>=warning"
    if any(fault.startswith("timeout") for fault in plan.faults):
        plan.timeout = SHORT_TIMEOUT
    return plan


def _disturb(dice, step, endpoints, has_disk, uses_clock):
    """Adds what disturbs a step, not more than one of a kind."""
    if dice.random() < 0.5:
        kill = Disturbance("kill", dice.uniform(0.02, 1.2), endpoint=dice.randrange(len(endpoints)))
        if dice.random() < 0.6:
            kill.arrived = dice.randrange(1, max(2, step.records))
            kill.start = 0
        step.disturbances.append(kill)
    if dice.random() < 0.2:
        step.disturbances.append(
            Disturbance("outage", 0, dice.uniform(0.2, 2.5), dice.randrange(len(endpoints))))
    elif dice.random() < 0.2:
        stall = Disturbance("stall", dice.uniform(0.05, 0.4), dice.uniform(0.1, 0.6),
                            dice.randrange(len(endpoints)))
        if dice.random() < 0.4:  # longer than the forwarder waits: what it sent arrives late
            endpoints[stall.endpoint].timeout = SHORT_TIMEOUT
            stall.seconds = SHORT_TIMEOUT + dice.uniform(0.1, 0.6)
        step.disturbances.append(stall)
    if has_disk and dice.random() < 0.6:
        step.disturbances.append(
            Disturbance("full", dice.uniform(0, 0.3), dice.uniform(0.3, 1.5)))
    if uses_clock and dice.random() < 0.6:
        if dice.random() < 0.5:
            step.clock = dice.choice(_OFFSETS[:-1])
        else:
            step.disturbances.append(
                Disturbance("jump", dice.uniform(0.1, 0.6), offset=dice.choice(_OFFSETS)))


def _add_accidents(dice, steps, endpoints):
    """Adds what people do to a forwarder. The dice are others than those of the rest, so that what
    a seed did before these were thought of it still does."""
    for step in steps:
        if step.kind == "serve" and dice.random() < 0.7:
            # With a service that is away all the time, so that records wait meanwhile.
            one = Disturbance(dice.choice(ACCIDENTS), dice.uniform(0.2, 0.6),
                              dice.uniform(0.5, 1.5), dice.randrange(len(endpoints)))
            step.disturbances.append(one)
            if not step.first("outage"):
                end = one.start + one.seconds + dice.uniform(0, 0.5)
                step.disturbances.append(Disturbance("outage", 0, end, one.endpoint))
        outage = step.first("outage")
        others = [i for i in range(len(endpoints)) if not outage or outage.endpoint != i]
        if dice.random() < 0.2:
            step.disturbances.append(
                Disturbance("refused", 0, dice.uniform(0.2, 1.5), dice.choice(others)))
        elif not step.first("stall") and dice.random() < 0.2:
            step.disturbances.append(Disturbance("slow", dice.uniform(0, 0.3),
                                                 dice.uniform(0.3, 1.5), dice.choice(others)))


def _add_vanishing(dice, steps):
    """Takes endpoints.json away under commands that are no `serve`, again by dice of its own. Not
    at their very start: who has not read it yet rightly refuses to begin."""
    for step in steps:
        if step.kind != "serve" and dice.random() < 0.4:
            step.disturbances.append(Disturbance(dice.choice(VANISHING), dice.uniform(0.3, 0.6),
                                                 dice.uniform(0.3, 1.5)))


def _step(dice, records):
    step = Step(dice.choice(("file", "file", "pipe", "pipe", "serve")), records)
    step.chunk = dice.choice((20, 100, 400))
    step.pause = dice.choice((0, 0.002, 0.01))
    step.is_half_closed = dice.random() < 0.5
    return step


def scenario_of(seed, records=0):
    """The run of a seed, with so many records; 0 leaves their number to the seed, too."""
    dice = random.Random(seed)
    wanted = records or dice.randrange(5_000, 20_001)
    services = dice.sample(SERVICES, dice.randrange(2, 5))
    endpoints = [_endpoint(dice, service, i) for i, service in enumerate(services)]
    has_disk = dice.random() < 0.25
    uses_clock = dice.random() < 0.35
    count = dice.randrange(2, 4)
    steps = [_step(dice, wanted // count) for _ in range(count)]
    for step in steps:
        _disturb(dice, step, endpoints, has_disk, uses_clock)
    if dice.random() < 0.5:
        drain = Step("drain")
        drain.disturbances.append(Disturbance("kill", dice.uniform(0.02, 0.5)))
        steps.append(drain)
    _add_accidents(random.Random(f"accidents {seed}"), steps, endpoints)
    _add_vanishing(random.Random(f"vanishing {seed}"), steps)
    poisoned = frozenset(dice.sample(range(wanted), dice.randrange(1, 8)))
    message_bytes = dice.choice((100, 400, 2000))
    return Scenario(seed, wanted, endpoints, steps, poisoned, message_bytes,
                    dice.choice(("all", "all", "killed", "endpoint", "discard", "refused", "none")),
                    dice.randrange(24, 41) if has_disk else 0)
