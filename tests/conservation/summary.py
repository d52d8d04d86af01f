# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as text: a line for each run, and a summary of all in Markdown."""

import collections
import hashlib
import os
import platform
import re
import subprocess
import sys
import time

INGREDIENTS = {
    "429": "429 (too many requests)",
    "500": "500",
    "503": "503",
    "drop": "connections closed before anything was stored",
    "lost": "stored, then closed without an answer",
    "half": "stored, then half of the connection closed without an answer",
    "timeout": "no answer",
    "reject": "records that a service refuses",
    "outage": "a service that is not there for a while",
    "stall": "a service that stands still for a while",
    "refused": "a key that is refused for a while (401)",
    "slow": "a service that reads and answers at a tenth of its speed for a while",
    "moved": "endpoints.json moved away under a running command, and brought back",
    "emptied": "the same, emptied to no bytes",
    "rubbish": "the same, replaced by rubbish",
    "nobody": "the same, replaced by a valid list without endpoints",
    "removed": "the same, without one of the endpoints",
    "disabled": "the same, with one of the endpoints disabled",
    "kill": "the forwarder killed with SIGKILL",
    "full": "disk full for a while",
    "clock": "the clock wrong by 90 s to 20 days, or jumping by up to 40",
    "filter": "an endpoint with a filter",
    "park": "an endpoint with on_exhausted = park",
    "pipe": "records through a pipe",
    "serve": "records over HTTP",
    "fin": "the last of them from a client that closes its half behind the request",
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


_NOTES = """\
A run counts as one with a kill when a command was still there to be killed. Records of now are too
old or in the future to a forwarder whose clock is hours wrong; Datadog and CloudWatch would drop
such records without a word, so they are among the failed.
"""


def line_of_run(result):
    """One line for a run."""
    if "accepted" not in result:
        return f"{result['seed']:6}  WRONG"
    told = ",".join([*result["services"], *result["ingredients"], "replay:" + result["replay"]])
    verdict = "WRONG" if result["problems"] else "ok"
    if result["skipped"]:
        verdict += f", skipped: {'+'.join(result['skipped'])};"
    return (f"{result['seed']:6} {result['records']:8} {result['accepted']:9} "
            f"{result['delivered']:9} {result['failed']:7} {result['kills']:6} "
            f"{result['duplicates']:11} {result['seconds']:8.1f}  {verdict} {told}")


def summary_of(results, seconds, arguments, skipped, commit):
    """The summary of all runs."""
    whole = [result for result in results if "accepted" in result]
    wrong = [result for result in results if result["problems"]]
    parts = [_head(results, seconds, arguments, wrong, commit), _totals(whole),
             _drains(whole), _ingredients(whole, skipped), _duplicates(whole), _worst(whole),
             _problems(wrong), _NOTES]
    return "\n".join(part for part in parts if part)


def _head(results, seconds, arguments, wrong, commit):
    command = ["python3", os.path.relpath(sys.argv[0]), *sys.argv[1:]]
    lines = ["# Conservation runs", ""]
    if results:
        lines.append(f"{len(results)} runs, seeds {results[0]['seed']} to {results[-1]['seed']}: "
                     f"{len(results) - len(wrong)} ok, {len(wrong)} wrong.")
    lines += ["", f"    {' '.join(command)}", "",
              f"{_version(arguments.program)}; {commit}; {_machine()}; {seconds / 60:.1f} minutes, "
              f"{arguments.jobs} run(s) at once.", ""]
    return "\n".join(lines)


def _version(program):
    """Says which program it was, as far as that can be told."""
    version = _output([program, "--version"]) or "?"
    with open(program, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    built = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(os.path.getmtime(program)))
    return f"trace-forwarder {version}, SHA-256 {digest[:16]}…, built {built} UTC"


def commit_of(folder):
    """Names the commit that is checked out there, for people who look for it later."""
    def git(*arguments):
        return _output(["git", "-C", folder, *arguments])

    commit = git("rev-parse", "HEAD")
    if not commit:
        return "not in a git repository"
    subject = git("log", "-1", "--format=%cd, “%s”", "--date=format-local:%Y-%m-%d %H:%M UTC")
    dirty = "" if not git("status", "--porcelain") else ", with changes that are not committed"
    return f"sources at commit {commit} ({subject}){dirty}"


def _output(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              env={**os.environ, "TZ": "UTC"})
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
    keys = ("records", "accepted", "delivered", "missing", "failed", "discarded", "replayed",
            "marked", "unmarked", "evicted", "kills", "busy", "unknown", "duplicates")
    names = {"records": "records sent to the forwarder",
             "accepted": "accepted, summed over the endpoints",
             "missing": "missing, looked for by id at each endpoint",
             "failed": "failed at the end (listed with the reason)",
             "discarded": "discarded (filter, operator)",
             "replayed": "failed first and delivered by a replay",
             "evicted": "removed from the journal on a full disk, each settled everywhere",
             "marked": "failed after an answer to them was withheld, and marked so",
             "unmarked": "failed, though they had arrived before a kill or a stop with records "
                         "waiting, and not marked so",
             "busy": "requests that serve refused for now, on a full disk",
             "unknown": "from clients that closed their half and got no answer",
             "kills": "kills with SIGKILL"}
    rows = [(names.get(key, key), sum(result[key] for result in results)) for key in keys]
    unchecked = sum(not result["is_checked"] for result in results)
    if unchecked:
        rows.append(("runs that broke off before their ids could be looked for", unchecked))
    return _table(("in all", "records"), rows)


def _drains(results):
    """How often `drain` had to be called in the end, with all services well."""
    counts = collections.Counter(result["drains"] for result in results)
    rows = []
    for drains, runs in sorted(counts.items()):
        seeds = [str(result["seed"]) for result in results if result["drains"] == drains]
        rows.append((drains, runs, "" if drains == 1 else ", ".join(seeds)))
    return _table(("drain commands until nothing waited", "runs", "seeds"), rows)


def _ingredients(results, skipped):
    rows = []
    for name, text in INGREDIENTS.items():
        those = [result for result in results if name in result["ingredients"]]
        if name in skipped:
            asked = sum(name in result["skipped"] for result in results)
            rows.append((text, f"skipped in {asked}: {skipped[name]}", "", "", ""))
            continue
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
