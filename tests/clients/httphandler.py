#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's logging.handlers.HTTPHandler, by POST and by GET, as its documentation shows it.
    python3 httphandler.py TRACE-FORWARDER
Exit code: 0 all is held as logged, 1 it is not.
"""
import logging
import logging.handlers
import sys

from serving import COUNT, TEXTS, compare, data_of, ids_of, message_of

logging.addLevelName(5, 'TRACE')
logging.addLevelName(25, 'SUCCESS')
LEVELS = {5: 'debug', logging.DEBUG: 'debug', logging.INFO: 'info', 25: 'info', logging.WARNING: 'warning',
          logging.ERROR: 'error', logging.CRITICAL: 'critical', 35: 'warning', 55: 'critical'}
# What says the same as others, or nothing.
REPEATED = {'msg', 'args', 'levelname', 'levelno', 'pathname', 'filename', 'created', 'msecs', 'lineno', 'process',
            'thread', 'run_id', 'trace_id', 'span_id'}


class Keeper(logging.Handler):
    """Keeps the records as the handler before it sent them."""

    def __init__(self):
        super().__init__()
        self.kept = []

    def emit(self, record):
        self.kept.append(dict(record.__dict__))


def expected_of(sent, level):
    # A form is texts, and nested values are what Python makes of them.
    metadata = {key: str(value) for key, value in sent.items() if key not in REPEATED and value is not None}
    if sent['levelname'].startswith('Level '):
        metadata['levelname'] = sent['levelname']
    return {'timestamp': sent['created'], 'level': level, 'message': sent['msg'], 'filename': sent['pathname'],
            'lineno': sent['lineno'], 'process': sent['process'], 'thread': sent['thread'],
            'run_id': sent['run_id'], 'trace_id': sent['trace_id'], 'span_id': sent['span_id'], 'metadata': metadata}


def handler_for(port, method):
    keeper = Keeper()
    logger = logging.getLogger(f'shop.{method}')
    logger.setLevel(1)
    logger.propagate = False
    logger.handlers = [logging.handlers.HTTPHandler(f'127.0.0.1:{port}', '/logs', method), keeper]
    return logger, keeper


def log_by(method):
    def log(port):
        logger, keeper = handler_for(port, method)
        levels = list(LEVELS)
        for number in range(COUNT):
            data = {key.replace(' ', '_'): value for key, value in data_of(number).items()}
            logger.log(levels[number % len(levels)], message_of(number), extra={**ids_of(number), **data})
        return {number: expected_of(sent, LEVELS[sent['levelno']]) for number, sent in enumerate(keeper.kept)}
    return log


def log_arguments(port):
    """The handler sends the format and Python's text of its arguments."""
    logger, keeper = handler_for(port, 'POST')
    for number in range(COUNT):
        if number % 4 == 3:
            logger.info('sample %(number)05d is %(what)r', {'number': number, 'what': "it's"}, extra=ids_of(number))
        else:
            logger.info('sample %d of %s took %.2f s, %d%%', number, TEXTS[number % len(TEXTS)], number / 7, 50,
                        extra=ids_of(number))
    wanted = {}
    for number, sent in enumerate(keeper.kept):
        message = sent['msg'] % sent['args']
        wanted[number] = {**expected_of(sent, 'info'), 'message': message}
    return wanted


def log_exceptions(port):
    """Of an exception it sends what repr() makes of sys.exc_info()."""
    logger, keeper = handler_for(port, 'POST')
    for number in range(COUNT):
        try:
            raise ValueError(f'no row {number}')
        except ValueError:
            logger.exception(message_of(number), extra=ids_of(number))
    wanted = {}
    for number, sent in enumerate(keeper.kept):
        del sent['exc_info']  # its traceback is but an address
        wanted[number] = {**expected_of(sent, 'error'), 'exception_type': 'ValueError',
                          'exception_message': f'no row {number}'}
    return wanted


def log_none(port):
    """An attribute that is None is none; the message None, by text or as an object, is one."""
    logger, keeper = handler_for(port, 'POST')
    for number in range(COUNT):
        logger.info('None' if number % 2 else None, extra={**ids_of(number), 'coupon': None})
    return {number: {**expected_of(sent, 'info'), 'message': 'None'} for number, sent in enumerate(keeper.kept)}


def main():
    good = [compare(f'logging.handlers.HTTPHandler, {method}', log_by(method)) for method in ('POST', 'GET')]
    good.append(compare('logging.handlers.HTTPHandler, arguments', log_arguments))
    good.append(compare('logging.handlers.HTTPHandler, exceptions', log_exceptions))
    good.append(compare('logging.handlers.HTTPHandler, None', log_none))
    return 0 if all(good) else 1


if __name__ == '__main__':
    sys.exit(main())
