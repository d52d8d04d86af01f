// SPDX-License-Identifier: GPL-3.0-or-later
// winston with winston-loki, in JSON: with its own form of a line and with winston's JSON.
import { isDeepStrictEqual } from 'node:util';
import { compare, conclude, logEach, require, samples } from './serving.mjs';

const winston = require('winston');
const LokiTransport = require('winston-loki');

const LEVELS = [['error', 'error'], ['warn', 'warning'], ['info', 'info'], ['http', 'info'],
                ['verbose', 'debug'], ['debug', 'debug'], ['silly', 'debug']];

async function log({ url }, all, options) {
    const transport = new LokiTransport({ host: url, json: true, interval: 0.2, labels: { job: 'shop' },
                                          replaceTimestamp: false, ...options });
    const logger = winston.createLogger({ level: 'silly', transports: [transport] });
    await logEach(all, ({ level, message, run, trace, span, data }) =>
        logger.log(level, message, { run_id: run, trace_id: trace, span_id: span, ...data }));
    await transport.flush();
}

// Loki's metadata is texts, so nested values are their JSON.
const texts = (data) => Object.fromEntries(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]));

const all = samples(LEVELS);
const plain = await compare('winston-loki', all, {
    log: (serve) => log(serve, all, {}),
    expected: ({ level, held, message, run, trace, span, data }) => ({
        level: held, run_id: run, trace_id: trace, span_id: span,
        message: `${message} ${JSON.stringify({ run_id: run, trace_id: trace, span_id: span, ...data, level })}`,
        metadata: { job: 'shop', ...texts(data) },
    }),
});
// The line has all, and the structured metadata most of it once more.
const json = await compare('winston-loki, format.json()', all, {
    log: (serve) => log(serve, all, { format: winston.format.json() }),
    expected: ({ held, message, run, trace, span }) => ({
        level: held, run_id: run, trace_id: trace, span_id: span, message,
    }),
    unsure: { metadata: ({ job, order }, { data }) => job === 'shop' && isDeepStrictEqual(order, data.order) },
});
conclude(plain, json);
