// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests with pino's transports have in common.
import { once } from 'node:events';
import { hostname } from 'node:os';
import { logEach, require } from './serving.mjs';

const pino = require('pino');

export const LEVELS = [['trace', 'debug'], ['debug', 'debug'], ['info', 'info'], ['warn', 'warning'],
                       ['error', 'error'], ['fatal', 'critical']];

/** Logs by a transport in a thread of its own, as pino's users have it; `sent` is when it may end. */
export async function logByTransport(all, target, options, membersOf, sent = () => {}) {
    const transport = pino.transport({ target: require.resolve(target), options });
    const ready = once(transport, 'ready');
    const logger = pino({ level: 'trace' }, transport);
    await ready;
    await logEach(all, (sample) => logger[sample.level](membersOf(sample), sample.message));
    await sent();
    transport.end();
    await once(transport, 'close');
}

/** As a program logs it; the serious ones have an error. */
export function membersOf({ level, number, run, trace, span, data }) {
    const err = isSerious(level) ? { err: new TypeError(`no ${number} here`) } : {};
    return { run_id: run, trace_id: trace, span_id: span, ...err, ...data };
}

function isSerious(level) {
    return level === 'error' || level === 'fatal';
}

/** The record of a line as pino writes it. */
export function recordOf({ level, number, held, message, run, trace, span }, metadata) {
    const error = isSerious(level) ? { exception_type: 'TypeError', exception_message: `no ${number} here` } : {};
    return { level: held, message, run_id: run, trace_id: trace, span_id: span, hostname: hostname(),
             process: process.pid, ...error, metadata };
}

/** That it has the stack of its error, whose places differ. */
export const unsure = {
    stack_trace: (text, { level, number }) => isSerious(level)
        ? text?.startsWith(`TypeError: no ${number} here\n    at `) : text === undefined,
};
