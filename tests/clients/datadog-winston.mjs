// SPDX-License-Identifier: GPL-3.0-or-later
// winston with datadog-winston, which makes a request of each record and tells no time.
import { compare, conclude, logEach, require, samples } from './serving.mjs';

const winston = require('winston');
const DatadogTransport = require('datadog-winston');

// What Datadog makes of these words.
const LEVELS = [['error', 'error'], ['warn', 'warning'], ['info', 'info'], ['http', 'info'],
                ['verbose', 'debug'], ['debug', 'debug'], ['silly', 'debug']];

const all = samples(LEVELS);

async function log({ url }) {
    const transport = new DatadogTransport({ apiKey: 'none', hostname: 'till-3', service: 'shop',
                                             ddsource: 'nodejs', ddtags: 'team:red' });
    transport.api = `${url}/v1/input/none`;
    const logger = winston.createLogger({ level: 'silly', transports: [transport] });
    // The tracer of Datadog adds its ids in decimal.
    await logEach(all, ({ level, message, run, trace, span, data }) => logger.log(level, message, {
        run_id: run, dd: { trace_id: decimal(trace.slice(-16)), span_id: decimal(span) }, ...data }));
}

function decimal(hex) {
    return BigInt(`0x${hex}`).toString();
}

conclude(await compare('datadog-winston', all, {
    log,
    expected: ({ held, message, run, trace, span, data }) => ({
        level: held, message, run_id: run, trace_id: trace.slice(-16).padStart(32, '0'), span_id: span,
        hostname: 'till-3', metadata: { ...data, ddsource: 'nodejs' },
        tags: ['team:red', `trace_id:${decimal(trace.slice(-16))}`, `span_id:${decimal(span)}`, 'service:shop'],
    }),
    unsure: { timestamp: (time, { from }) => from <= Date.parse(time) && Date.parse(time) <= Date.now() },
}));
