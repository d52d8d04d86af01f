#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's requests: a record, a list and lines of JSON, a form, and compressed.
    python3 pythonrequests.py TRACE-FORWARDER
Exit code: 0 all is held as logged, 1 it is not, 77 there is no requests here.
"""
import gzip
import json
import sys
import time

from serving import COUNT, compare, data_of, ids_of, message_of

try:
    import requests
except ImportError:
    print('Skipped: the package python3-requests is not here.')
    sys.exit(77)

# As loggers and people write them.
LEVELS = {'debug': 'debug', 'info': 'info', 'warning': 'warning', 'error': 'error', 'critical': 'critical',
          'TRACE': 'debug', 'Information': 'info', 'WARN': 'warning', 'Err': 'error', 'FATAL': 'critical',
          10: 'debug', 20: 'info', 30: 'warning', 40: 'error', 50: 'critical'}


def sent_records():
    levels = list(LEVELS)
    return {number: {'timestamp': time.time(), 'level': levels[number % len(levels)], 'message': message_of(number),
                     **ids_of(number), 'job_name': 'load', 'duration_ms': number / 4, 'lineno': number,
                     'tags': ['red', 'a b'], 'metadata': data_of(number)} for number in range(COUNT)}


def held_of(record):
    return {**record, 'level': LEVELS[record['level']]}


def post(session, port, **body):
    answer = session.post(f'http://127.0.0.1:{port}/logs', timeout=30, **body)
    answer.raise_for_status()


def by_one(session, port, records):
    for record in records:
        post(session, port, json=record)


def by_list(session, port, records):
    for first in range(0, COUNT, 50):
        post(session, port, json=records[first:first + 50])


def by_lines(session, port, records):
    lines = '\n'.join(json.dumps(record, ensure_ascii=False) for record in records)
    post(session, port, data=lines.encode(), headers={'Content-Type': 'application/x-ndjson'})


def by_gzip(session, port, records):
    post(session, port, data=gzip.compress(json.dumps(records).encode()),
         headers={'Content-Type': 'application/json', 'Content-Encoding': 'gzip'})


def by_chunks(session, port, records):
    post(session, port, data=(json.dumps(record).encode() + b'\n' for record in records))


def log_by(send):
    def log(port):
        records = sent_records()
        with requests.Session() as session:
            send(session, port, list(records.values()))
        return {number: held_of(record) for number, record in records.items()}
    return log


def log_forms(port):
    """A form has texts alone, and no objects."""
    records = sent_records()
    wanted = {}
    with requests.Session() as session:
        for number, record in records.items():
            flat = {key: value for key, value in record.items() if key not in ('tags', 'metadata')}
            post(session, port, data={**flat, 'note': record['metadata']['note'], 'shop': 'till 3'})
            wanted[number] = {**held_of(flat), 'metadata': {'note': record['metadata']['note'], 'shop': 'till 3'}}
    return wanted


def main():
    ways = {'a record': by_one, 'lists': by_list, 'lines': by_lines, 'gzip': by_gzip, 'chunks': by_chunks}
    good = [compare(f'requests, {name}', log_by(send)) for name, send in ways.items()]
    good.append(compare('requests, forms', log_forms))
    return 0 if all(good) else 1


if __name__ == '__main__':
    sys.exit(main())
