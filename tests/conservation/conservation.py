#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every accepted record is delivered, or visible as failed: tried with real processes.

    python3 tests/conservation/conservation.py --program build/release/bin/trace-forwarder --runs 20

A run sends numbered records to two to four practice endpoints of different services. On the way
the services fail, close connections whole or by half, go away and stall, the forwarder is killed
with SIGKILL, its disk is full and its clock jumps; which of that happens, and when, comes from the
run's seed. In the end every service is well, what waits is drained, failed batches are replayed or
discarded, and then each id must be accounted for at each endpoint, and the ledger must equal what
the service holds.

What is delivered must be the record as it was sent: message, level, run, workflow, time and id, at
each arrival. Loki alone may fill the digits that a record's clock did not count.

After each command the books are balanced too: what a service stored is what the ledger calls
delivered, but for answers that the service withheld and for what was under way when the forwarder
was killed. Only those may arrive twice, and not one more than was counted. A record whose answer
was withheld and that failed in the same command has to say that it may have arrived. After a kill
the forwarder does not know what it had sent: such failed records are counted, not held against it.

A run that fails prints the command that repeats it. The seed repeats what is done, not the moment
to the microsecond: repeat it some times.

Linux and Python 3.10 alone are needed; the disk that fills needs the right to mount (root, or user
namespaces), the clock that jumps the Debian package faketime. Where one is missing, the runs go on
without it, and each that asks for it says "skipped"; the summary tells why.

Exit code: 0 all is well, 1 something is wrong, 2 wrong usage, 77 nothing is wrong but a part that a
seed asks for was skipped.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from accounts import CAUSES
from execution import Execution
from processes import find_faketime, unshare_command
from scenario import scenario_of
from summary import INGREDIENTS, commit_of, line_of_run, summary_of

FOLDER = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(FOLDER, "..", "..", "build", "release", "bin", "trace-forwarder")
#: As test harnesses have it: nothing is wrong, but something that the seeds ask for was left out.
EXIT_SKIPPED = 77
HEADING = ("  seed  records  accepted delivered  failed  kills  duplicates  seconds  what happens")


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=PROGRAM, help="the trace-forwarder to try")
    parser.add_argument("--seed", type=int, default=1, help="of the first run (1)")
    parser.add_argument("--runs", type=int, help="how many (10)")
    parser.add_argument("--minutes", type=float, help="go on for so long instead")
    parser.add_argument("--records", type=int, default=0,
                        help="per run; without it 5,000 to 20,000, as the seed says")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once (1)")
    parser.add_argument("--summary", metavar="FILE", help="write a summary as Markdown")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a run that fails")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--can-mount", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def run_one(arguments):
    """Runs one seed in this process and prints its result as JSON."""
    begin = time.monotonic()
    scenario = scenario_of(arguments.seed, arguments.records)
    faketime = find_faketime()
    folder = tempfile.mkdtemp(prefix=f"conservation-{scenario.seed}-")
    execution = Execution(scenario, os.path.abspath(arguments.program), folder, faketime,
                          arguments.can_mount)
    try:
        execution.execute()
    finally:
        result = result_of(execution, faketime, arguments.can_mount)
        result["seconds"] = time.monotonic() - begin
        if result["problems"] and arguments.keep:
            result["folder"] = folder
            if not execution.journal.startswith(os.path.join(folder, "journal")):
                shutil.copytree(execution.journal, os.path.join(folder, "journal"))
        if execution.disk:
            execution.disk.remove()
        if "folder" not in result:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result))


def result_of(execution, faketime, can_mount):
    """What is told of a run."""
    scenario, accounts, books = execution.scenario, execution.accounts, execution.books
    missing_parts = {"clock": not faketime, "full": not can_mount}
    ingredients = set(scenario.ingredients())
    skipped = {part for part in ingredients if missing_parts.get(part)}
    if not execution.kills:
        ingredients.discard("kill")  # the commands were faster
    return {
        "seed": scenario.seed,
        "records": scenario.records,
        "ingredients": sorted(ingredients - skipped),
        "skipped": sorted(skipped),
        "services": [endpoint.service for endpoint in scenario.endpoints],
        "replay": scenario.replay,
        "kills": execution.kills,
        "is_checked": bool(accounts),  # else it broke off before the ids were compared
        "accepted": sum(account.ledger["accepted"] for account in accounts),
        "delivered": sum(account.ledger["delivered"] for account in accounts),
        "failed": sum(account.ledger["failed"] for account in accounts),
        "discarded": sum(sum(account.ledger["discarded"].values()) for account in accounts),
        "missing": sum(account.missing for account in accounts),
        "marked": sum(book.marked for book in books),
        "unmarked": sum(account.unmarked for account in accounts),
        "replayed": execution.replayed,
        "drains": execution.drains,
        "busy": execution.busy,
        "unknown": execution.unknown,
        "duplicates": sum(account.duplicates for account in accounts),
        "evicted": execution.evicted,
        "from": {"lost": sum(book.lost for book in books),
                 **{cause: sum(book.causes[cause] for book in books) for cause in CAUSES}},
        "bounds": {"lost": sum(book.lost for book in books),
                   **{cause: sum(book.bounds[cause] for book in books) for cause in CAUSES}},
        "problems": execution.problems,
    }


def run_child(arguments, seed, prefix):
    """Runs one seed in a process of its own and gives its result."""
    command = [*prefix, sys.executable, os.path.join(FOLDER, "conservation.py"), "--one",
               "--program", arguments.program, "--seed", str(seed),
               "--records", str(arguments.records)]
    command += ["--keep"] * arguments.keep + ["--can-mount"] * bool(prefix)
    child = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    try:
        result = json.loads(child.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        result = {"seed": seed, "problems": ["the script itself failed"]}
    if child.returncode:
        result["problems"].append(child.stderr.decode(errors="replace")[-2000:])
    return result


def seeds_of(arguments):
    """The seeds to run: so many, or until the time is over."""
    end = time.monotonic() + (arguments.minutes or 0) * 60
    seed = arguments.seed
    runs = arguments.runs or (0 if arguments.minutes else 10)
    while (time.monotonic() < end) if arguments.minutes else (seed < arguments.seed + runs):
        yield seed
        seed += 1


def repeat_command(arguments, result):
    """The command that repeats a run."""
    records = f" --records {arguments.records}" if arguments.records else ""
    return (f"python3 {os.path.relpath(os.path.join(FOLDER, 'conservation.py'))} --program "
            f"{arguments.program} --seed {result['seed']} --runs 1{records} --keep")


def run_all(arguments, prefix):
    """Runs the seeds, as many at once as wanted, and prints a line for each."""
    results = []

    def show(future):
        result = future.result()
        results.append(result)
        print(line_of_run(result), flush=True)
        for problem in result["problems"]:
            print(f"        {problem}")
        if result["problems"]:
            print(f"        again: {repeat_command(arguments, result)}")
            print(f"        kept: {result.get('folder', 'nothing; use --keep')}", flush=True)

    with ThreadPoolExecutor(arguments.jobs) as pool:
        running = set()
        for seed in seeds_of(arguments):
            running.add(pool.submit(run_child, arguments, seed, prefix))
            if len(running) >= arguments.jobs:
                done = next(as_completed(running))
                running.discard(done)
                show(done)
        for done in as_completed(running):
            show(done)
    return sorted(results, key=lambda result: result["seed"])


def main():
    """Runs all and tells how it went."""
    arguments = parse_arguments()
    if arguments.one:
        run_one(arguments)
        return 0
    if not os.access(arguments.program, os.X_OK):
        print(f"there is no program {arguments.program}: name it with --program", file=sys.stderr)
        return 2
    if arguments.summary and not os.access(os.path.dirname(arguments.summary) or ".", os.W_OK):
        print(f"{arguments.summary} cannot be written", file=sys.stderr)  # not after ten minutes
        return 2
    prefix, why_not = unshare_command()
    skipped = {}  # by ingredient, why
    if not prefix:
        skipped["full"] = f"no right to mount a tmpfs: {why_not}"
    if not find_faketime():
        skipped["clock"] = "the package faketime is not installed"
    for part, reason in skipped.items():
        print(f"skipped: {INGREDIENTS[part]}: {reason}")
    commit = commit_of(FOLDER)  # now: it may change, and the summary may be a part of it
    print(HEADING, flush=True)
    begin = time.monotonic()
    results = run_all(arguments, prefix)
    text = summary_of(results, time.monotonic() - begin, arguments, skipped, commit)
    print("\n" + text)
    if arguments.summary:
        with open(arguments.summary, "w", encoding="utf-8") as file:
            file.write(text)
    if not results or any(result["problems"] for result in results):
        return 1
    return EXIT_SKIPPED if any(result["skipped"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
