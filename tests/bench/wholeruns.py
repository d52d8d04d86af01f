#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures whole runs of trace-forwarder and prints one table in Markdown; see run.sh."""

import argparse
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

    def row(self, what, unit, bound, values):
        median = statistics.median(values)
        digits = 0 if median >= 1000 else 1 if median >= 10 else 2
        shown = [f"{value:,.{digits}f}" for value in (median, min(values), max(values))]
        self.rows.append(
            f"| {what}, {unit} | {bound} | {shown[0]} | {shown[1]} to {shown[2]} | {len(values)} |")
        print(self.rows[-1], file=sys.stderr, flush=True)

    def journal(self):
        path = os.path.join(self.folder, "journal")
        shutil.rmtree(path, ignore_errors=True)
        return path

    def send(self, service, sink, files):
        """Records per second and peak MB of one run, or the end of all when it lost something."""
        with Practice(self.forwarder, sink) as endpoint:
            url = f"http://127.0.0.1:{endpoint.port}{PATHS[service]}"
            seconds, peak, code, output = run(
                [self.forwarder, "--journal", self.journal(), "--json", "send",
                 "--service", service, "--url", url, *files])
        expected = self.arguments.records * len(files)
        delivered = 0
        if code == 0:
            delivered = json.loads(output)["endpoints"][0]["ledger"]["delivered"]
        if delivered != expected:
            sys.exit(f"{service}: exit code {code}, {delivered} of {expected} records delivered:\n"
                     + output.decode(errors="replace"))
        return expected / seconds, peak

    def throughput(self, what, service, sink, rate_bound, peak_bound=None, repeat=1, runs=None):
        files = [os.path.join(self.folder, "records.ndjson")] * repeat
        results = [self.send(service, sink, files) for _ in range(runs or self.arguments.runs)]
        self.row(what, "records/s", rate_bound, [rate for rate, _ in results])
        if peak_bound:
            self.row(what, "peak MB", peak_bound, [peak for _, peak in results])

    def restart(self, waiting):
        """From the start of `drain` to the first byte of its first request."""
        file = os.path.join(self.folder, "records.ndjson")
        files = [file] * max(1, -(-waiting // self.arguments.records))
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}{PATHS['otlp']}"
            endpoint = ["--service", "otlp", "--url", url]
            server.settimeout(120)
            journal = self.journal()
            # Nobody answers: all of it waits.
            run([self.forwarder, "--journal", journal, "send", "--timeout", "1", *endpoint, *files])
            *_, status = run([self.forwarder, "--journal", journal, "--json", "status"])
            records = json.loads(status)["endpoints"][0]["ledger"]["waiting"]
            while True:  # what the filling run had begun
                server.settimeout(0.2)
                try:
                    server.accept()[0].close()
                except TimeoutError:
                    break
            server.settimeout(120)
            seconds = []
            peaks = []
            for _ in range(self.arguments.runs):
                begin = time.monotonic()
                drain = subprocess.Popen(
                    [self.forwarder, "--journal", journal, "drain", *endpoint],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                with server.accept()[0] as connection:
                    connection.settimeout(120)
                    connection.recv(1)
                    seconds.append(time.monotonic() - begin)
                    peaks.append(peak_of(drain.pid))
                drain.kill()
                drain.wait()
        self.row(f"restart with {records:,} records waiting, to the first request", "s",
                 "≤ 1 (of 10 M)", seconds)
        self.row("restart, up to then", "peak MB", "≤ 150 (of 10 M)", peaks)

    def filter(self):
        """Over the journal that restart() left; beside it ripgrep over the same records."""
        text = "checkpoint warehouse retry"
        journal = os.path.join(self.folder, "journal")
        command = [self.forwarder, "--journal", journal, "records", "--filter", f'"{text}"']
        self.row("records with a literal text, printed", "s", "as `rg -i`",
                 [run(command)[0] for _ in range(self.arguments.runs)])
        if shutil.which("rg"):
            file = os.path.join(self.folder, "records.ndjson")
            self.row(f"`rg -i` over {self.arguments.records:,} of them", "s", "",
                     [run(["rg", "-i", text, file])[0] for _ in range(self.arguments.runs)])

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
                sys.exit(f"{result['name']}: {result['error_message']}")
            name = re.sub(r"/real_time$", "", result["run_name"])
            if label := result.get("label"):
                name = f"{name.split('/')[0]} ({label})"
            values.setdefault(name, []).append(result["items_per_second"])
        for name, rates in values.items():
            self.row(f"step: {name}", "records/s", "", rates)


def machine():
    model = platform.processor()
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{platform.node()}: {model}, {os.cpu_count()} cores, Linux {platform.release()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("forwarder", help="the program trace-forwarder")
    parser.add_argument("--steps", help="the program trace-bench")
    parser.add_argument("--records", type=int, default=1_000_000, help="in the input (1000000)")
    parser.add_argument("--waiting", type=int, default=1_000_000,
                        help="records that wait at the restart (1000000)")
    parser.add_argument("--runs", type=int, default=5, help="of each measurement (5)")
    arguments = parser.parse_args()
    os.environ.update(AWS_ACCESS_KEY_ID="practice", AWS_SECRET_ACCESS_KEY="practice")
    with tempfile.TemporaryDirectory(prefix="trace-bench-") as folder:
        os.environ["XDG_CONFIG_HOME"] = folder  # no endpoints of the user's
        bench = Bench(arguments.forwarder, folder, arguments)
        write_records(os.path.join(folder, "records.ndjson"), arguments.records)
        discard = ["--discard"]
        bench.throughput("Loki, to a sink that discards", "grafana", discard, "≥ 500,000", "≤ 90")
        bench.throughput("Loki, to the practice endpoint", "grafana", [], "≥ 350,000", "≤ 90")
        bench.throughput("Loki, to a sink, ten times the input", "grafana", discard, "≥ 500,000",
                         "≤ 100", repeat=10, runs=min(arguments.runs, 3))
        bench.throughput("Datadog, to a sink", "datadog", discard, "≥ 300,000")
        bench.throughput("OTLP, to a sink", "otlp", discard, "≥ 300,000")
        bench.throughput("CloudWatch, to a sink", "cloudwatch", discard, "≥ 250,000")
        bench.restart(arguments.waiting)
        bench.filter()
        if arguments.steps:
            bench.micro(arguments.steps)
    load = os.getloadavg()[0]
    print(f"\n{machine()}; load average {load:.1f}; {arguments.records:,} records\n")
    print("| measured | bound | median | min to max | runs |")
    print("|---|---|---|---|---|")
    print("\n".join(bench.rows))


if __name__ == "__main__":
    main()
