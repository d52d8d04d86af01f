// SPDX-License-Identifier: GPL-3.0-or-later
// pino with pino-loki: as it is, where the line is pino's, and with a form of its own.
import { hostname } from 'node:os';
import { LEVELS, logByTransport, membersOf, recordOf, unsure } from './pino.mjs';
import { compare, conclude, samples } from './serving.mjs';

const all = samples(LEVELS);
// At its end it sends what is left, even if that is nothing, which Loki refuses.
const INTERVAL = 60;

const line = await compare('pino-loki', all, {
    log: ({ url }) => logByTransport(all, 'pino-loki',
                                   { host: url, interval: INTERVAL, labels: { job: 'shop' } }, membersOf),
    expected: (sample) => recordOf(sample, { job: 'shop', ...sample.data }), unsure,
});

const formatted = await compare('pino-loki, logFormat and structuredMetaKey', all, {
    log: ({ url }) => logByTransport(
        all, 'pino-loki',
        { host: url, interval: INTERVAL, labels: { job: 'shop' }, logFormat: '{msg}', structuredMetaKey: 'meta' },
        ({ run, trace, span, data }) => ({
            meta: { run_id: run, trace_id: trace, span_id: span, order: JSON.stringify(data.order) } })),
    expected: ({ held, message, run, trace, span, data }) => ({
        level: held, message, run_id: run, trace_id: trace, span_id: span, hostname: hostname(),
        metadata: { job: 'shop', order: JSON.stringify(data.order) },
    }),
});
conclude(line, formatted);
