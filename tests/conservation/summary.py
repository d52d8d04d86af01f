# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as text: a line for each run, and a summary of all in Markdown."""

import hashlib
import os
import platform
import re
import subprocess
import sys

_INGREDIENTS = {
    "429": "429 (too many requests)",
    "500": "500",
    "503": "503",
    "drop": "connections closed before anything was stored",
    "lost": "stored, then closed without an answer",
    "timeout": "no answer",
    "reject": "records that a service refuses",
    "outage": "a service that is not there for a while",
    "stall": "a service that stands still for a while",
    "kill": "the forwarder killed with SIGKILL",
    "full": "disk full for a while",
    "clock": "the clock wrong by 90 s to 20 days, or jumping by up to 40",
    "filter": "an endpoint with a filter",
    "park": "an endpoint with on_exhausted = park",
    "pipe": "records through a pipe",
    "serve": "records over HTTP",
}
_CAUSES = {
    "lost": "stored, but the service closed the connection without an answer",
    "killed": "stored, but not yet noted when the forwarder was killed",
    "stalled": "read by a stalled service after the forwarder had given up",
    "left": "under way when a command ended with records waiting (exit code 4)",
}
_DUPLICATES = """\
Records that arrived and were not noted as delivered, and so may arrive again. An endpoint may have
no more duplicates than it has of these. "At most" is what can have been under way then: as many
requests as max_in_flight, after a kill seven more, the largest of that command. In the last row
they are duplicates.

"""


def line_of_run(result):
    """One line for a run."""
    if "accepted" not in result:
        return f"{result['seed']:6}  WRONG"
    told = ",".join([*result["services"], *result["ingredients"], "replay:" + result["replay"]])
    verdict = "WRONG" if result["problems"] else "ok"
    return (f"{result['seed']:6} {result['records']:8} {result['accepted']:9} "
            f"{result['delivered']:9} {result['failed']:7} {result['kills']:6} "
            f"{result['duplicates']:11} {result['seconds']:8.1f}  {verdict} {told}")


def summary_of(results, seconds, arguments, skipped):
    """The summary of all runs."""
    whole = [result for result in results if "accepted" in result]
    wrong = [result for result in results if result["problems"]]
    parts = [_head(results, seconds, arguments, skipped, wrong), _totals(whole),
             _ingredients(whole), _duplicates(whole), _worst(whole), _problems(wrong)]
    return "\n".join(part for part in parts if part)


def _head(results, seconds, arguments, skipped, wrong):
    command = ["python3", os.path.relpath(sys.argv[0]), *sys.argv[1:]]
    lines = ["# Conservation runs", ""]
    if results:
        lines.append(f"{len(results)} runs, seeds {results[0]['seed']} to {results[-1]['seed']}: "
                     f"{len(results) - len(wrong)} ok, {len(wrong)} wrong.")
    lines += ["", f"    {' '.join(command)}", "",
              f"{_version(arguments.program)}; {_machine()}; {seconds / 60:.1f} minutes, "
              f"{arguments.jobs} run(s) at once.", ""]
    lines += [f"Left out: {reason}." for reason in skipped]
    return "\n".join(lines)


def _version(program):
    """Says which program it was, as far as that can be told."""
    version = _output([program, "--version"]) or "?"
    with open(program, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    folder = os.path.dirname(os.path.abspath(__file__))
    commit = _output(["git", "-C", folder, "describe", "--always", "--dirty"])
    return (f"trace-forwarder {version}, SHA-256 {digest[:16]}…"
            + (f"; this script at commit {commit}" if commit else ""))


def _output(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


def _machine():
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    name = model[1] if model else platform.machine()
    return f"{os.cpu_count()} processors ({name}), {system}"


def _table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value):
    return f"{value:,}" if isinstance(value, int) else str(value)


def _totals(results):
    keys = ("records", "accepted", "delivered", "failed", "discarded", "replayed", "evicted",
            "kills", "duplicates")
    names = {"records": "records sent to the forwarder",
             "accepted": "accepted, summed over the endpoints",
             "failed": "failed at the end (listed with the reason)",
             "discarded": "discarded (filter, operator)",
             "replayed": "failed first and delivered by a replay",
             "evicted": "removed from the journal on a full disk, each settled everywhere",
             "kills": "kills with SIGKILL"}
    rows = [(names.get(key, key), sum(result[key] for result in results)) for key in keys]
    rows.insert(3, ("missing", sum(r["accepted"] - r["delivered"] - r["failed"] - r["discarded"]
                                   for r in results)))
    return _table(("in all", "records"), rows)


def _ingredients(results):
    rows = []
    for name, text in _INGREDIENTS.items():
        those = [result for result in results if name in result["ingredients"]]
        rows.append((text, len(those), sum(r["accepted"] for r in those),
                     sum(r["duplicates"] for r in those),
                     sum(bool(r["problems"]) for r in those)))
    return _table(("ingredient", "runs with it", "accepted", "duplicates in all", "wrong"), rows)


def _duplicates(results):
    rows = []
    for kind, text in _CAUSES.items():
        those = [result["from"][kind] for result in results if result["from"][kind]]
        bound = sum(result["bounds"][kind] for result in results)
        rows.append((text, len(those), sum(those), bound, max(those, default=0)))
    calm = [r for r in results if not any(r["from"].values())]
    rows.append(("none of these", len(calm), sum(r["duplicates"] for r in calm), 0,
                 max((r["duplicates"] for r in calm), default=0)))
    return _DUPLICATES + _table(("cause", "runs", "records", "at most", "most in a run"), rows)


def _worst(results):
    if not results:
        return ""
    rows = []
    for what, key in (("most duplicates", "duplicates"), ("most failed", "failed"),
                      ("most kills", "kills"), ("longest", "seconds")):
        worst = max(results, key=lambda result, key=key: result[key])
        value = worst[key] if isinstance(worst[key], int) else f"{worst[key]:.1f} s"
        rows.append((what, value, worst["seed"], ", ".join(worst["ingredients"])))
    return _table(("worst case", "value", "seed", "with"), rows)


def _problems(results):
    lines = []
    for result in results:
        lines += [f"- seed {result['seed']}: {problem}" for problem in result["problems"]]
    return "\n".join(["What went wrong:", "", *lines, ""]) if lines else ""
