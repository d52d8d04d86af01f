// SPDX-License-Identifier: GPL-3.0-or-later
// winston with winston-loki, as JSON and as protobuf: with its own form of a line, with winston's JSON and
// with the members as labels.
import { isDeepStrictEqual } from 'node:util';
import { compare, conclude, logEach, require, samples } from './serving.mjs';

const winston = require('winston');
const LokiTransport = require('winston-loki');
const Batcher = require('winston-loki/src/batcher');

// In place of the native package that it asks for.
Batcher.prototype.loadSnappy = () => ({ compressSync: (buffer) => require('snappyjs').compress(buffer) });

const LEVELS = [['error', 'error'], ['warn', 'warning'], ['info', 'info'], ['http', 'info'],
                ['verbose', 'debug'], ['debug', 'debug'], ['silly', 'debug']];

async function log({ url }, all, options, membersOf = idsAndData) {
    const transport = new LokiTransport({ host: url, json: true, interval: 0.2, labels: { job: 'shop' },
                                          replaceTimestamp: false, ...options });
    const logger = winston.createLogger({ level: 'silly', transports: [transport] });
    await logEach(all, (sample) => logger.log(sample.level, sample.message, membersOf(sample)));
    await transport.flush();
}

function idsAndData({ run, trace, span, data }) {
    return { run_id: run, trace_id: trace, span_id: span, ...data };
}

function lineOf({ level, message, run, trace, span, data }) {
    return `${message} ${JSON.stringify({ run_id: run, trace_id: trace, span_id: span, ...data, level })}`;
}

// Loki's metadata is texts, so nested values are their JSON.
const texts = (data) => Object.fromEntries(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value)]));

const all = samples(LEVELS);
const plain = await compare('winston-loki, JSON', all, {
    log: (serve) => log(serve, all, {}),
    expected: (sample) => ({
        level: sample.held, run_id: sample.run, trace_id: sample.trace, span_id: sample.span,
        message: lineOf(sample), metadata: { job: 'shop', ...texts(sample.data) },
    }),
});
// Its schema is from before structured metadata, so all is in the line.
const protobuf = await compare('winston-loki, protobuf', all, {
    log: (serve) => log(serve, all, { json: false }),
    expected: (sample) => ({ level: sample.held, message: lineOf(sample), metadata: { job: 'shop' } }),
});
// Each is a label, and structured metadata of the same name and value.
const membersOf = ({ run, trace, span, number }) => ({ run_id: run, trace_id: trace, span_id: span,
                                                       customer: `c-${number}`, floor: 1 + number % 3 });
const labels = await compare('winston-loki, useWinstonMetaAsLabels', all, {
    log: (serve) => log(serve, all, { useWinstonMetaAsLabels: true }, membersOf),
    expected: (sample) => ({
        level: sample.held, run_id: sample.run, trace_id: sample.trace, span_id: sample.span,
        message: `${sample.message} ${JSON.stringify({ ...membersOf(sample), level: sample.level })}`,
        metadata: { customer: `c-${sample.number}`, floor: String(1 + sample.number % 3) },
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
conclude(plain, protobuf, labels, json);
