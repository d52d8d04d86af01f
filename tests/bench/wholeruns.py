#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures whole runs of trace-forwarder and prints one table in Markdown; see run.sh."""

import argparse
import http.client
import json
import os
import platform
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PATHS = {
    "grafana": "/loki/api/v1/push",
    "datadog": "/api/v2/logs",
    "otlp": "/v1/logs",
    "cloudwatch": "/",
}
WORDS = (
    "extract transform load partition rows checkpoint warehouse retry commit schema column batch "
    "upload validated offset"
).split()
#: The exit code of a command that stopped with records waiting.
ENDED_WAITING = 4
LEVELS = ["info"] * 16 + ["debug"] * 8 + ["warning"] * 3 + ["error"]


def write_records(path, count):
    """NDJSON of about 410 bytes a record: the same each time but for the times, which end now,
    because some services do not take old records."""
    dice = random.Random(7)
    start = time.time_ns() - count * 1_000_003
    with open(path, "w", encoding="utf-8") as out:
        for i in range(count):
            words = " ".join(dice.choice(WORDS) for _ in range(9))
            record = {
                "timestamp": start + i * 1_000_003,
                "level": LEVELS[i % 28],
                "message": f"{words} {dice.randrange(10**9)}",
                "run_id": f"run-{i // 20000}",
                "workflow_name": "orders_etl",
                "stage_name": f"stage-{i // 4000 % 5}",
                "job_name": f"job-{i // 500 % 8}",
                "filename": f"pipeline/{WORDS[i % 15]}.py",
                "lineno": i % 400,
                "process": 4242,
                "thread": 140000 + i % 4,
                "trace_id": f"{dice.getrandbits(128):032x}",
                "hostname": "worker-3",
                "metadata": {"id": i, "rows": dice.randrange(100000)},
            }
            out.write(json.dumps(record, separators=(",", ":")) + "\n")


def run(command):
    """Runs a command to its end: seconds, peak memory in MB and what it printed."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return seconds, usage.ru_maxrss * 1024 / 1e6, child.returncode, output.read()


def peak_of(pid):
    """Peak memory of a running process in MB."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) * 1024 / 1e6


class RowFailed(Exception):
    """Why there are no figures for a row; the others are measured all the same."""


def check(condition, what):
    """What was measured is worth nothing when this does not hold."""
    if not condition:
        raise RowFailed(what)


class Practice:
    """A practice endpoint in a process of its own."""

    def __init__(self, forwarder, arguments):
        self.process = subprocess.Popen(
            [forwarder, "practice", "--port", "0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.port = None
        for line in self.process.stdout:
            if found := re.search(r"127\.0\.0\.1:(\d+)", line):
                self.port = found[1]
                break
        if not self.port:
            sys.exit("the practice endpoint does not start")

    def ask(self, what):
        """What it says of what it got; `what` as in /practice/summary."""
        connection = http.client.HTTPConnection("127.0.0.1", int(self.port), timeout=120)
        connection.request("GET", f"/practice/{what}")
        answer = connection.getresponse()
        check(answer.status == 200, f"the sink answers {answer.status}")
        return json.loads(answer.read())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


class Bench:
    def __init__(self, forwarder, folder, arguments):
        self.forwarder = forwarder
        self.folder = folder
        self.arguments = arguments
        self.rows = []
        self.failures = 0
        self.input = os.path.join(folder, "records.ndjson")
        self._body_bytes = {}  # per record, by service: as counted where every id was seen

    def row(self, what, unit, bound, values):
        median = statistics.median(values)
        digits = 0 if median >= 1000 else 1 if median >= 10 else 2
        shown = [f"{value:,.{digits}f}" for value in (median, min(values), max(values))]
        self._add(f"| {what}, {unit} | {bound} | {shown[0]} | {shown[1]} to {shown[2]} "
                  f"| {len(values)} |")

    def _add(self, line):
        self.rows.append(line)
        print(line, file=sys.stderr, flush=True)

    def measure(self, what, step):
        """Adds the rows of a step, or one that says why they are not there."""
        try:
            step()
        except RowFailed as failure:
            self.failures += 1
            self._add(f"| {what} | | FAILED: {failure} | | |")

    def journal(self):
        path = os.path.join(self.folder, "journal")
        shutil.rmtree(path, ignore_errors=True)
        return path

    # Whole runs

    def _send(self, service, sink, files):
        """One run: seconds, peak MB, what the forwarder and what the sink says of it."""
        with Practice(self.forwarder, sink) as endpoint:
            url = f"http://127.0.0.1:{endpoint.port}{PATHS[service]}"
            seconds, peak, code, output = run(
                [self.forwarder, "--journal", self.journal(), "--json", "send",
                 "--service", service, "--url", url, *files])
            check(code == 0, f"exit code {code}: {output.decode(errors='replace')[-300:]}")
            expected = self.arguments.records * len(files)
            told = json.loads(output)["endpoints"][0]
            got = endpoint.ask("summary")
            check(told["ledger"]["delivered"] == expected,
                  f"{told['ledger']['delivered']} of {expected} records delivered")
            if sink:
                check(told["retries"] == 0 and got["answered2xx"] == got["requests"],
                      f"{told['retries']} retries, {got['requests']} requests of which the sink "
                      f"took {got['answered2xx']}")
            else:
                self._check_records(endpoint, got, expected, len(files))
        return seconds, peak, got

    @staticmethod
    def _check_records(endpoint, got, expected, copies):
        check(got["records"] == expected, f"the sink has {got['records']} of {expected} records")
        check(got["forgotten"] == 0, "the sink could not keep all: take fewer --records")
        ids = endpoint.ask("ids")
        check(ids["distinct"] * copies == expected and ids["missing"] == 0,
              f"the sink has {ids['distinct']} of {expected // copies} ids")

    def _learn_body_bytes(self, service):
        """A sink that discards cannot tell records. It counts bytes, which vary by a tenth of a
        percent with the sizes of requests; how many they should be, a run tells in which the
        practice endpoint has seen every id."""
        if service not in self._body_bytes:
            *_, got = self._send(service, [], [self.input])
            self._body_bytes[service] = got["bytes"] / self.arguments.records

    def send(self, service, sink, files):
        """Records per second and peak MB of one run in which the sink got everything."""
        seconds, peak, got = self._send(service, sink, files)
        expected = self.arguments.records * len(files)
        if sink:
            bytes_due = self._body_bytes[service] * expected
            check(abs(got["bytes"] / bytes_due - 1) < 0.01,
                  f"the sink got {got['bytes']:,} bytes, where all records have {bytes_due:,.0f}")
        return expected / seconds, peak

    def throughput(self, what, service, sink, rate_bound, peak_bound=None, repeat=1, runs=None):
        def step():
            if sink:
                self._learn_body_bytes(service)
            results = [self.send(service, sink, [self.input] * repeat)
                       for _ in range(runs or self.arguments.runs)]
            self.row(what, "records/s", rate_bound, [rate for rate, _ in results])
            if peak_bound:
                self.row(what, "peak MB", peak_bound, [peak for _, peak in results])
        self.measure(what, step)

    # A journal full of waiting records

    def restart(self):
        """From the start of `drain` to the first byte of its first request."""
        self.measure("restart", self._restart)

    def _waiting_files(self):
        return [self.input] * max(1, -(-self.arguments.waiting // self.arguments.records))

    def _restart(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            endpoint = ["--service", "otlp", "--url", f"http://127.0.0.1:{port}{PATHS['otlp']}"]
            records = self._fill(endpoint)
        rounds = [self._first_request(port, endpoint) for _ in range(self.arguments.runs)]
        self.row(f"restart with {records:,} records waiting, to the first request", "s",
                 "≤ 1 (of 10 M)", [seconds for seconds, _ in rounds])
        self.row("restart, up to then", "peak MB", "≤ 150 (of 10 M)", [peak for _, peak in rounds])

    def _fill(self, endpoint):
        """Nobody answers, so all of it waits; gives how much."""
        files = self._waiting_files()
        journal = self.journal()
        _, _, code, output = run([self.forwarder, "--journal", journal, "send", "--timeout", "1",
                                  *endpoint, *files])
        check(code == ENDED_WAITING, f"the filling run exits with {code}, not {ENDED_WAITING}: "
                                     f"{output.decode(errors='replace')[-300:]}")
        *_, status = run([self.forwarder, "--journal", journal, "--json", "status"])
        waiting = json.loads(status)["endpoints"][0]["ledger"]["waiting"]
        check(waiting == self.arguments.records * len(files),
              f"{waiting} of {self.arguments.records * len(files)} records wait")
        return waiting

    def _first_request(self, port, endpoint):
        """Seconds and peak MB. A socket of its own each time: in the queue of an old one there may
        be a connection of the round before."""
        with socket.create_server(("127.0.0.1", port)) as server:
            server.settimeout(120)
            begin = time.monotonic()
            drain = subprocess.Popen(
                [self.forwarder, "--journal", os.path.join(self.folder, "journal"), "drain",
                 *endpoint], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                with server.accept()[0] as connection:
                    connection.settimeout(120)
                    start = connection.recv(5)
                    seconds = time.monotonic() - begin
                    check(b"POST ".startswith(start) and start, f"no request came, but {start}")
                    return seconds, peak_of(drain.pid)
            except TimeoutError as error:
                raise RowFailed("no request within two minutes") from error
            finally:
                drain.kill()
                drain.wait()

    def filter(self):
        """Over the journal that restart() left; beside it ripgrep over the same records."""
        self.measure("filter", self._filter)

    def _filter(self):
        text = "checkpoint warehouse retry"
        files = self._waiting_files()
        records = f"{self.arguments.records * len(files):,}"
        ours = [self.forwarder, "--journal", os.path.join(self.folder, "journal"), "records",
                "--filter", f'"{text}"']
        matches, seconds = self._search(ours)
        check(matches > 0, "nothing matches")
        self.row(f"those of {records} waiting records with a literal text, printed", "s",
                 "as `rg -i`", seconds)
        if not shutil.which("rg"):
            self._add("| `rg -i` over the same records | | skipped: ripgrep is not installed | | |")
            return
        theirs, seconds = self._search(["rg", "-i", "--no-filename", text, *files])
        check(theirs == matches, f"`records` printed {matches} matches, `rg -i` {theirs}")
        self.row("`rg -i` over the same records as NDJSON", "s", "", seconds)

    def _search(self, command):
        """How many lines it prints, and the seconds of each run."""
        seconds, counts = [], set()
        for _ in range(self.arguments.runs):
            took, _, code, output = run(command)
            check(code == 0, f"{command[0]} exits with {code}")
            seconds.append(took)
            counts.add(output.count(b"\n"))
        check(len(counts) == 1, f"{command[0]} printed different numbers of lines: {counts}")
        return counts.pop(), seconds

    def micro(self, program):
        """What Google Benchmark measures of single steps."""
        child = subprocess.run(
            [program, f"--benchmark_repetitions={self.arguments.runs}", "--benchmark_format=json"],
            stdout=subprocess.PIPE, check=True)
        values = {}
        for result in json.loads(child.stdout)["benchmarks"]:
            if result["run_type"] != "iteration":
                continue
            if result.get("error_occurred"):
                raise RowFailed(f"{result['name']}: {result['error_message']}")
            name = re.sub(r"/real_time$", "", result["run_name"])
            if label := result.get("label"):
                name = f"{name.split('/')[0]} ({label})"
            # What counts no records is a request, and its time is of interest.
            rate = result.get("items_per_second")
            unit, value = ("records/s", rate) if rate else ("ms", result["real_time"])
            values.setdefault((name, unit), []).append(value)
        for (name, unit), measured in values.items():
            self.row(f"step: {name}", unit, "", measured)


def machine():
    model = platform.processor()
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{platform.node()}: {model}, {os.cpu_count()} cores, Linux {platform.release()}"


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, prog="bash tests/bench/run.sh", usage="%(prog)s [options]",
        epilog="Exit code 1 when a row has failed: something was lost, or not as it should be.")
    parser.add_argument("forwarder", nargs="?", help=argparse.SUPPRESS)  # run.sh names it
    parser.add_argument("--steps", help=argparse.SUPPRESS)
    parser.add_argument("--records", type=int, default=1_000_000,
                        help="in the input, some 410 bytes each (1000000)")
    parser.add_argument("--waiting", type=int,
                        help="records that wait at the restart and are filtered; rounded up to a "
                             "multiple of --records (1000000)")
    parser.add_argument("--runs", type=int, default=5, help="of each measurement (5)")
    parser.add_argument("--large", action="store_true",
                        help="also ten times the input, and 10000000 records that wait: takes "
                             "some GB in the folder for temporary files")
    arguments = parser.parse_args()
    if not arguments.forwarder:
        parser.error("run.sh builds the programs and names them")
    arguments.waiting = arguments.waiting or (10_000_000 if arguments.large else 1_000_000)
    return arguments


def measure_all(bench, arguments):
    """All rows, in the order of the table."""
    discard = ["--discard"]
    bench.throughput("Loki, to a sink that discards", "grafana", discard, "≥ 500,000", "≤ 90")
    bench.throughput("Loki, to the practice endpoint", "grafana", [], "≥ 350,000", "≤ 90")
    if arguments.large:
        bench.throughput("Loki, to a sink, ten times the input", "grafana", discard, "≥ 500,000",
                         "≤ 100", repeat=10, runs=min(arguments.runs, 3))
    bench.throughput("Datadog, to a sink", "datadog", discard, "≥ 300,000")
    bench.throughput("OTLP, to a sink", "otlp", discard, "≥ 300,000")
    bench.throughput("CloudWatch, to a sink", "cloudwatch", discard, "≥ 250,000")
    bench.restart()
    bench.filter()
    if arguments.steps:
        bench.measure("steps", lambda: bench.micro(arguments.steps))


def main():
    """Measures everything; the exit code."""
    arguments = parse_arguments()
    os.environ.update(AWS_ACCESS_KEY_ID="practice", AWS_SECRET_ACCESS_KEY="practice",
                      AWS_REGION="eu-central-1")
    with tempfile.TemporaryDirectory(prefix="trace-bench-") as folder:
        os.environ["XDG_CONFIG_HOME"] = folder  # no endpoints of the user's
        bench = Bench(arguments.forwarder, folder, arguments)
        write_records(bench.input, arguments.records)
        measure_all(bench, arguments)
    load = os.getloadavg()[0]
    print(f"\n{machine()}; load average {load:.1f}; {arguments.records:,} records\n")
    print("| measured | bound | median | min to max | runs |")
    print("|---|---|---|---|---|")
    print("\n".join(bench.rows))
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
