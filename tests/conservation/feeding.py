# SPDX-License-Identifier: GPL-3.0-or-later
"""How records reach the forwarder: as a file, through a pipe, or over HTTP."""

import http.client
import json
import random
import socket
import threading
import time

from scenario import record_of

#: Answers of a receiver that cannot take more just now; a client tries again.
BUSY = (429, 503)
#: Seconds for which a client tries again before it gives up.
CLIENT_PATIENCE = 30


def line_of(scenario, number):
    """A record as a line of NDJSON."""
    return json.dumps(record_of(scenario, number), separators=(",", ":")).encode() + b"\n"


def write_file(path, scenario, numbers):
    """Writes a file to send."""
    with open(path, "wb") as file:
        file.writelines(line_of(scenario, number) for number in numbers)


class Feeder(threading.Thread):
    """Hands records over in pieces until all are, or nobody takes them any more."""

    def __init__(self, scenario, step, numbers):
        super().__init__(daemon=True)
        self.acknowledged = 0  #: records that were taken with an answer
        self.unknown = 0  #: records of the half-closed request, where it got no answer
        self.busy = 0  #: answers that asked to come again
        self.gate = threading.Lock()  #: whoever has it lets nothing more be fed
        self.refusal = 0  #: the status at which the client gave up; nothing was fed after it
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
    """Posts to `serve`, one request after the other. What is refused for now it posts again, as
    clients do: had it been taken all the same, the journal would hold it twice."""

    def __init__(self, scenario, step, numbers, port):
        super().__init__(scenario, step, numbers)
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._chunks = list(self._chunks)
        self._last = self._chunks.pop() if step.is_half_closed and self._chunks else None

    def run(self):
        try:
            for count, lines in self._chunks:
                with self.gate:
                    self.refusal = self._refusal(lines)
                if self.refusal:
                    return
                self.acknowledged += count
                self.rest()
            if self._last:
                with self.gate:
                    self._post_half_closed(*self._last)
        except (OSError, http.client.HTTPException):
            pass  # it was killed
        finally:
            self._connection.close()

    def _refusal(self, lines):
        """Posts; 0 when it was taken, else the status of the refusal."""
        end = time.monotonic() + CLIENT_PATIENCE
        while True:
            self._connection.request("POST", "/logs", lines,
                                     {"Content-Type": "application/x-ndjson"})
            answer = self._connection.getresponse()
            answer.read()
            if answer.status // 100 == 2:
                return 0
            if answer.status not in BUSY or time.monotonic() > end:
                return answer.status
            self.busy += 1
            time.sleep(0.05)

    def _post_half_closed(self, count, lines):
        """Ends the sending side right behind the request. A server may take that for a client
        that went away: then nobody knows whether the records were taken."""
        self.unknown = count
        head = ("POST /logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
                f"Content-Length: {len(lines)}\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self._port), timeout=60) as connection:
            connection.sendall(head.encode() + lines)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").readline().split()
        if len(answer) > 1 and answer[1].startswith(b"2"):
            self.unknown = 0
            self.acknowledged += count
