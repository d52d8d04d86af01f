// SPDX-License-Identifier: GPL-3.0-or-later
// winston with datadog-winston, which makes a request of each record and tells no time.
import { compare, conclude, logEach, require, samples } from './serving.mjs';

const winston = require('winston');
const DatadogTransport = require('datadog-winston');

// What Datadog makes of these words.
const LEVELS = [['error', 'error'], ['warn', 'warning'], ['info', 'info'], ['http', 'info'],
                ['verbose', 'debug'], ['debug', 'debug'], ['silly', 'debug']];

async function log({ url }, all, write) {
    const transport = new DatadogTransport({ apiKey: 'none', hostname: 'till-3', service: 'shop',
                                             ddsource: 'nodejs', ddtags: 'team:red' });
    transport.api = `${url}/v1/input/none`;
    const logger = winston.createLogger({ level: 'silly', format: winston.format.errors({ stack: true }),
                                          transports: [transport] });
    await logEach(all, (sample) => write(logger, sample));
}

function decimal(hex) {
    return BigInt(`0x${hex}`).toString();
}

const unsure = { timestamp: (time, { from }) => from <= Date.parse(time) && Date.parse(time) <= Date.now() };
const common = { hostname: 'till-3', tags: ['team:red', 'service:shop'] };

const all = samples(LEVELS);
const errors = samples([['error', 'error']]);
conclude(
    await compare('datadog-winston', all, {
        // The tracer of Datadog adds its ids in decimal.
        log: (serve) => log(serve, all, (logger, { level, message, run, trace, span, data }) => logger.log(
            level, message,
            { run_id: run, dd: { trace_id: decimal(trace.slice(-16)), span_id: decimal(span) }, ...data })),
        expected: ({ held, message, run, trace, span, data }) => ({
            ...common, level: held, message, run_id: run, trace_id: trace.slice(-16).padStart(32, '0'),
            span_id: span, metadata: { ...data, ddsource: 'nodejs' },
            tags: ['team:red', `trace_id:${decimal(trace.slice(-16))}`, `span_id:${decimal(span)}`, 'service:shop'],
        }),
        unsure,
    }),
    await compare('datadog-winston, errors', errors, {
        log: (serve) => log(serve, errors, (logger, sample) => {
            sample.error = new TypeError(sample.message);
            logger.error(sample.error);
        }),
        expected: ({ held, message, error }) => ({
            ...common, level: held, message, stack_trace: error.stack, metadata: { ddsource: 'nodejs' } }),
        unsure,
    }),
);
