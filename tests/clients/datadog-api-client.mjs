// SPDX-License-Identifier: GPL-3.0-or-later
// Datadog's own client, with each way of compressing that it has; and with pino's lines for messages, which
// Datadog reads as JSON.
import { LEVELS as PINO, membersOf, recordOf, unsure } from './pino.mjs';
import { compare, conclude, logEach, require, samples } from './serving.mjs';

const { client, v2 } = require('@datadog/datadog-api-client');
const pino = require('pino');

const LEVELS = [['emergency', 'critical'], ['alert', 'critical'], ['critical', 'critical'], ['error', 'error'],
                ['warning', 'warning'], ['notice', 'info'], ['info', 'info'], ['debug', 'debug'],
                ['trace', 'debug'], ['ok', 'info'], ['fatal', 'critical']];

async function submit({ port }, body, contentEncoding) {
    const configuration = client.createConfiguration({
        authMethods: { apiKeyAuth: 'none' }, operationServerIndices: { 'v2.LogsApi.submitLog': 1 } });
    configuration.setServerVariables({ name: `127.0.0.1:${port}`, protocol: 'http' });
    const api = new v2.LogsApi(configuration);
    for (let i = 0; i < body.length; i += 50)
        await api.submitLog({ body: body.slice(i, i + 50), contentEncoding, ddtags: 'from:query' });
}

async function log(serve, all, contentEncoding) {
    const body = [];
    await logEach(all, ({ level, message, run, trace, span, data }) => body.push({
        message, ddsource: 'nodejs', ddtags: 'env:test,team:red', hostname: 'till-3', service: 'shop',
        additionalProperties: { status: level, timestamp: Date.now(), run_id: run, 'dd.trace_id': trace,
                                'dd.span_id': BigInt(`0x${span}`).toString(), ...data },
    }));
    await submit(serve, body, contentEncoding);
}

async function logLines(serve, all) {
    const body = [];
    const logger = pino({ level: 'trace' }, { write: (message) => body.push({ message, service: 'shop' }) });
    await logEach(all, (sample) => logger[sample.level](membersOf(sample), sample.message));
    await submit(serve, body, 'gzip');
}

const good = [];
for (const encoding of ['identity', 'gzip', 'deflate']) {
    const all = samples(LEVELS);
    good.push(await compare(`@datadog/datadog-api-client, ${encoding}`, all, {
        log: (serve) => log(serve, all, encoding),
        expected: ({ held, message, run, trace, span, data }) => ({
            level: held, message, run_id: run, trace_id: trace, span_id: span, hostname: 'till-3',
            environment: 'test', tags: ['team:red', 'from:query', 'service:shop'],
            metadata: { ...data, ddsource: 'nodejs' },
        }),
    }));
}
const lines = samples(PINO);
good.push(await compare("@datadog/datadog-api-client, pino's lines", lines, {
    log: (serve) => logLines(serve, lines),
    expected: (sample) => ({ ...recordOf(sample, sample.data), tags: ['from:query', 'service:shop'] }),
    unsure,
}));
conclude(...good);
