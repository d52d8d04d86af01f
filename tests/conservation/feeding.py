# SPDX-License-Identifier: GPL-3.0-or-later
"""How records reach the forwarder: as a file, through a pipe, or over HTTP."""

import datetime
import http.client
import json
import random
import threading
import time

from scenario import level_of, message_of


def line_of(scenario, number):
    """A record as a line of NDJSON. Its time is the true one: services refuse old records."""
    now = datetime.datetime.now(datetime.timezone.utc)
    record = {"timestamp": now.isoformat(timespec="microseconds"), "level": level_of(number),
              "message": message_of(scenario, number), "run_id": f"run-{number % 3}",
              "workflow_name": "conservation", "metadata": {"id": number}}
    return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def write_file(path, scenario, numbers):
    """Writes a file to send."""
    with open(path, "wb") as file:
        file.writelines(line_of(scenario, number) for number in numbers)


class Feeder(threading.Thread):
    """Hands records over in pieces until all are, or nobody takes them any more."""

    def __init__(self, scenario, step, numbers):
        super().__init__(daemon=True)
        self.acknowledged = 0  #: records that were taken with an answer
        self.is_refused = False  #: an answer was not 2xx; nothing was fed after it
        self._step = step
        self._chunks = self._chunked(scenario, numbers)
        self._dice = random.Random(scenario.seed)

    def _chunked(self, scenario, numbers):
        for begin in range(0, len(numbers), self._step.chunk):
            part = numbers[begin:begin + self._step.chunk]
            yield len(part), b"".join(line_of(scenario, number) for number in part)

    def rest(self):
        """A short pause, where the step has such."""
        if self._step.pause:
            time.sleep(self._dice.uniform(0, 2 * self._step.pause))


class PipeFeeder(Feeder):
    """Writes to the standard input of `send -`, which says nothing about what it took."""

    def __init__(self, scenario, step, numbers, pipe):
        super().__init__(scenario, step, numbers)
        self._pipe = pipe

    def run(self):
        try:
            for _, lines in self._chunks:
                self._pipe.write(lines)
                self._pipe.flush()
                self.rest()
            self._pipe.close()
        except (OSError, ValueError):
            pass  # it was killed


class HttpFeeder(Feeder):
    """Posts to `serve`, one request after the other, and stops at the first without a 2xx."""

    def __init__(self, scenario, step, numbers, port):
        super().__init__(scenario, step, numbers)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def run(self):
        headers = {"Content-Type": "application/x-ndjson"}
        try:
            for count, lines in self._chunks:
                self._connection.request("POST", "/logs", lines, headers)
                answer = self._connection.getresponse()
                answer.read()
                if answer.status // 100 != 2:
                    self.is_refused = True
                    break
                self.acknowledged += count
                self.rest()
        except (OSError, http.client.HTTPException):
            pass  # it was killed
        finally:
            self._connection.close()
