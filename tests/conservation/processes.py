# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes of a run, practice endpoints and the forwarder, and what the system lends them."""

import collections
import ctypes.util
import glob
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time

PATIENCE = 300.0  #: seconds until something is taken for hung
_LOG_LINE = re.compile(rb"^(\S+)  (\d+) record\(s\)  (no answer|\d+)$")
_OFFSETS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Trouble(Exception):
    """Something that a run must not meet; its text says what."""


def wait_until(condition, what, seconds=PATIENCE):
    """Waits for a condition and gives its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Trouble(f"{what}: not within {seconds:g} s")
        time.sleep(0.005)


class PracticeService:
    """`trace-forwarder practice` at one port, restarted with other faults; forgets nothing."""

    def __init__(self, program, folder, plan, seed):
        self.plan = plan
        self.port = 0
        self.records = []  #: those that arrived at processes that are gone
        self._hidden = collections.Counter()  #: of these, the ids that came without an answer
        self._program = program
        self._log_path = os.path.join(folder, plan.name.replace(" ", "-") + ".log")
        self._seed = seed
        self._process = None
        self._arrived_before = 0
        self._log_from = 0

    @property
    def is_up(self):
        """Whether it has a process."""
        return self._process is not None

    def start(self, faults):
        """Listens, at the port of the first time."""
        self._log_from = os.path.getsize(self._log_path) if self.port else 0
        command = [self._program, "practice", "--port", str(self.port), "--print",
                   "--seed", str(self._seed), "--latency", str(self.plan.latency)]
        if faults:
            command += ["--fail", ",".join(faults)]
        with open(self._log_path, "ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        line = wait_until(self._first_line, f"{self.plan.name} listens", 30)
        if not line.startswith(b"practice endpoint at "):
            raise Trouble(f"{self.plan.name}: {line.decode(errors='replace')}")
        self.port = int(line.rsplit(b":", 1)[1])

    def _first_line(self):
        with open(self._log_path, "rb") as log:
            log.seek(self._log_from)
            line = log.readline()
        return line.strip() if line.endswith(b"\n") else b""

    def stop(self):
        """Ends it, after what it got has been fetched. Nobody may be sending."""
        self.records += self._fetched()
        self._hidden = self.hidden()
        self._arrived_before = len(self.records)
        self.end()

    def end(self):
        """Ends it as it is."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hold(self, is_held):
        """Stalls it: it neither reads nor answers, but the system takes connections for it."""
        if self._process:
            os.kill(self._process.pid, signal.SIGSTOP if is_held else signal.SIGCONT)

    def crawl(self, seconds):
        """Reads and answers at a tenth of its speed for so long, on a thread that it gives."""
        process = self._process

        def beat():
            end = time.monotonic() + seconds
            while time.monotonic() < end and process.poll() is None:
                process.send_signal(signal.SIGSTOP)
                time.sleep(0.045)
                process.send_signal(signal.SIGCONT)
                time.sleep(0.005)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        return thread

    def all_records(self):
        """Everything that ever arrived, as it was decoded from the requests."""
        return self.records + self._fetched()

    def arrived(self):
        """How many records have arrived, again when they came again."""
        if not self._process:
            return self._arrived_before
        return self._arrived_before + json.loads(self._ask("/practice/summary"))["records"]

    def hidden(self):
        """{id: how often it arrived in a request that was stored and not answered}"""
        found = self._lines("/practice/records?answered=false")
        return self._hidden + collections.Counter(int(r["metadata"]["id"]) for r in found)

    def _fetched(self):
        if not self._process:
            return []
        summary = json.loads(self._ask("/practice/summary"))
        if summary["forgotten"]:
            raise Trouble(f"{self.plan.name} forgot requests: too much for it to keep")
        return self._lines("/practice/records")

    def _lines(self, path):
        return [json.loads(line) for line in self._ask(path).splitlines()] if self._process else []

    def _ask(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise Trouble(f"{self.plan.name} answers {answer.status} to {path}")
            return body
        finally:
            connection.close()

    def stored_requests(self):
        """(records, whether they were answered) of each request that was stored."""
        with open(self._log_path, "rb") as log:
            matches = filter(None, (_LOG_LINE.match(line.strip()) for line in log))
            return [(int(m[2]), m[3] != b"no answer") for m in matches if int(m[2])]

    def is_quiet(self):
        """Whether no client is connected and nothing that one left has yet to be read. A request
        that is never answered keeps its connection, after its client has gone too."""
        if not self._process:
            return True
        place = f"0100007F:{self.port:04X}"
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = (line.split() for line in table)
            return not any(row[1] == place and (row[3] in ("01", "03") or row[3] == "08"
                                                and not row[4].endswith(":00000000"))
                           for row in rows)


class SmallDisk:
    """A tmpfs that can be filled. Needs a mount namespace of our own, see `unshare_command`."""

    def __init__(self, folder, mebibytes):
        self.folder = folder
        self._filler = os.path.join(folder, "filler")
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", folder],
                       check=True)

    def fill(self):
        """Leaves no byte free."""
        with open(self._filler, "ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12):
                try:
                    while filler.write(b"x" * size) == size:
                        pass
                except OSError:
                    pass

    def free(self):
        """Takes back what fill() took."""
        if os.path.exists(self._filler):
            os.remove(self._filler)

    def remove(self):
        """Forgets all that is on it."""
        subprocess.run(["umount", "--lazy", self.folder], check=False)


def unshare_command():
    """What to put before a command so that it may mount; and why that is not possible."""
    options = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    command = ["unshare", *options]
    try:
        attempt = subprocess.run([*command, "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
                                 capture_output=True, check=False)
    except OSError as error:
        return [], str(error)
    reason = attempt.stderr.decode(errors="replace").strip()
    return ([], reason or "mount failed") if attempt.returncode else (command, "")


def find_faketime():
    """The path of libfaketime; empty where the package faketime is not installed."""
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    return found[0] if found else ctypes.util.find_library("faketimeMT") or ""


class Clock:
    """The system clock as one process sees it; its monotonic clock goes on untouched."""

    def __init__(self, library, folder, offset):
        self._path = os.path.join(folder, "clock")
        self._library = library
        self.set(offset or "+0s")

    def set(self, offset):
        """Jumps."""
        replacement = self._path + ".new"
        with open(replacement, "w", encoding="ascii") as file:
            file.write(f"{offset[0]}{int(offset[1:-1]) * _OFFSETS[offset[-1]]}\n")
        os.replace(replacement, self._path)

    def environment(self):
        """The variables to start a process with."""
        return {"LD_PRELOAD": self._library, "FAKETIME_TIMESTAMP_FILE": self._path,
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class Configuration:
    """endpoints.json, and what happens to it."""

    def __init__(self, folder, endpoints):
        self.path = os.path.join(folder, "endpoints.json")
        self._endpoints = endpoints
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self.restore()

    def restore(self):
        """As it should be."""
        self._write(self._text(self._endpoints))

    def suffer(self, accident, name):
        """Plays one of ACCIDENTS; \a name is the endpoint that it is about."""
        others = [endpoint for endpoint in self._endpoints if endpoint["name"] != name]
        if accident == "moved":
            os.replace(self.path, self.path + ".away")
        elif accident == "emptied":
            os.truncate(self.path, 0)
        elif accident == "rubbish":
            self._write('{"version": 1, "endp')
        elif accident == "nobody":
            self._write(self._text([]))
        elif accident == "removed":
            self._write(self._text(others))
        else:
            self._write(self._text([{**endpoint, "enabled": endpoint["name"] != name}
                                    for endpoint in self._endpoints]))

    @staticmethod
    def _text(endpoints):
        return json.dumps({"version": 1, "endpoints": endpoints}, indent=1)

    def _write(self, text):
        """In one step, as editors do."""
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(self.path + ".new", self.path)


class Forwarder:
    """The commands of trace-forwarder on one journal and one configuration."""

    def __init__(self, program, folder, journal):
        self._command = [program, "--json", "--config", os.path.join(folder, "config"),
                         "--journal", journal]
        self._errors_path = os.path.join(folder, "errors.log")
        self.environment = dict(os.environ, CONSERVATION_KEY="secret", AWS_REGION="eu-central-1",
                                AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="secret")

    def start(self, arguments, environment=None, **pipes):
        """Starts a command; its errors go to errors.log."""
        with open(self._errors_path, "ab") as errors:
            errors.write(f"== {' '.join(arguments)}\n".encode())
            errors.flush()
            pipes.setdefault("stderr", errors)
            return subprocess.Popen([*self._command, *arguments], stdout=subprocess.PIPE,
                                    env={**self.environment, **(environment or {})}, **pipes)

    def run(self, *arguments):
        """Runs a command to its end: its exit code and what it printed."""
        process = self.start(arguments)
        try:
            output, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise Trouble(f"{arguments[0]} hangs") from error
        return process.returncode, output

    def ask(self, *arguments):
        """Runs a command that must succeed, for its document."""
        code, output = self.run(*arguments)
        if code:
            raise Trouble(f"{' '.join(arguments)} exits with {code}")
        return json.loads(output)

    def ledgers(self):
        """The ledgers by the endpoints' names; empty before there is a journal."""
        code, output = self.run("status")
        if code:
            return {}
        return {e["name"]: e["ledger"] for e in json.loads(output)["endpoints"]}

    def journal_ids(self):
        """The ids of all accepted records, in their order."""
        code, output = self.run("records")
        if code:
            raise Trouble(f"records exits with {code}")
        return [json.loads(line)["metadata"]["id"] for line in output.splitlines()]
