# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python client logs to a real `serve`; what the journal holds then is compared with what was logged."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone

COUNT = 200
PATIENCE = 30
PROGRAM = sys.argv[1]

TEXTS = ['plain words', '"quoted" and \\ back', 'ä€𝄞 漢字', 'two\nlines\tand a tab', '{"not": "ours"}', 'a=b c=d',
         '100% of it', "it's", '<b>&amp;</b>', '+1 & more; more', '[1]', 'ends with a blank ']

# No proxy must come between.
for name in [name for name in os.environ if name.lower().endswith('_proxy')]:
    del os.environ[name]


def data_of(number):
    """What a record has beside its message and ids."""
    return {'number': number, 'total': number / 8 + 0.5, 'many': 2**53 + 1, 'paid': number % 2 == 0, 'coupon': None,
            'note': TEXTS[(number + 3) % len(TEXTS)],
            'items': [{'sku': f'a-{number}', 'sizes': [1, 2.5, 'L']}, [], {}, None, True],
            'ship to': {'city': 'Zürich', 'geo': {'at': [47.37, 8.54]}}}


def message_of(number):
    return f'sample {number}: {TEXTS[number % len(TEXTS)]}'


def ids_of(number):
    return {'run_id': f'nightly-{number % 7}', 'trace_id': f'4bf92f3577b34da6a3ce929d0e{number:06x}',
            'span_id': f'00f067aa0b{number:06x}'}


class Serve:
    """`serve` with a journal of its own, and nothing behind it: what it takes stays."""

    def __init__(self, home):
        self.environment = {**os.environ, 'HOME': home, 'XDG_CONFIG_HOME': f'{home}/config',
                            'XDG_DATA_HOME': f'{home}/data', 'XDG_RUNTIME_DIR': home}
        nobody = 'http://127.0.0.1:9/'
        self.process = subprocess.Popen(
            [PROGRAM, 'serve', '--port', '0', '--service', 'generic', '--url', nobody, '--timeout', '0'],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said = self.process.stdout.readline()
        found = re.search(r':(\d+),', self.said)
        if not found:
            raise RuntimeError(f'serve ended: {self.said}{self.process.communicate()[0]}')
        self.port = int(found[1])

    def ask(self, *arguments):
        return subprocess.run([PROGRAM, '--json', *arguments], env=self.environment, check=True, text=True,
                              capture_output=True).stdout

    def hold(self, number):
        """Waits for so many records."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            ledgers = [endpoint['ledger'] for endpoint in json.loads(self.ask('status'))['endpoints']]
            if sum(ledger['accepted'] for ledger in ledgers) >= number:
                return
            time.sleep(0.2)

    def stop(self):
        self.process.terminate()
        self.said += self.process.communicate(timeout=PATIENCE)[0]

    def records(self):
        return [json.loads(line) for line in self.ask('records').splitlines()]


def compare(name, log):
    """Whether the records are held that `log`, which is given the port, says it logged: each by its number."""
    with tempfile.TemporaryDirectory(prefix='trace-clients-') as home:
        serve = Serve(home)
        try:
            wanted = log(serve.port)
            serve.hold(len(wanted))
        finally:
            serve.stop()
        faults = faults_of(wanted, serve.records())
    if ', refused 0\n' not in serve.said:
        faults.append('serve refused requests')
    print(f'{name}:', f'{len(faults)} faults' if faults else f'{len(wanted)} records are held as logged')
    for fault in faults[:8]:
        print(f'  {fault[:2000]}')
    if faults:
        print(f'serve said:\n{serve.said}')
    return not faults


def faults_of(wanted, records):
    faults = [] if len(records) == len(wanted) else [f'{len(records)} of {len(wanted)} records are held']
    left = {}
    for record in records:
        number = int(record.get('trace_id', '0')[-6:], 16)
        if number in left:
            faults.append(f'sample {number} is held twice')
        left[number] = record
    for number, expected in wanted.items():
        record = left.get(number)
        if record is None:
            faults.append(f'sample {number} is not held')
            continue
        moment = expected.pop('timestamp')
        held = record.pop('timestamp')
        if abs(seconds_of(held) - moment) > 2e-6:
            faults.append(f'sample {number}: timestamp is {held}, not '
                          f'{datetime.fromtimestamp(moment, timezone.utc).isoformat()}')
        for key in {**record, **expected}:
            if not is_same(record.get(key), expected.get(key)):
                faults.append(f'sample {number}: {key} is\n    {record.get(key)!r}, not\n    {expected.get(key)!r}')
    return faults


def seconds_of(timestamp):
    whole, fraction = timestamp.rstrip('Z').split('.')
    return datetime.fromisoformat(whole + '+00:00').timestamp() + float('0.' + fraction)


def is_same(one, other):
    """True is no 1, in lists and objects too."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return one == other and isinstance(one, bool) == isinstance(other, bool)
