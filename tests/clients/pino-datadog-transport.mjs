// SPDX-License-Identifier: GPL-3.0-or-later
// pino with pino-datadog-transport, whose items have pino's line for a message.
import { LEVELS, logByTransport, membersOf, recordOf, unsure } from './pino.mjs';
import { compare, conclude, samples } from './serving.mjs';

const all = samples(LEVELS);

conclude(await compare('pino-datadog-transport', all, {
    log: (serve) => logByTransport(all, 'pino-datadog-transport', {
        ddClientConf: { authMethods: { apiKeyAuth: 'none' },
                        operationServerIndices: { 'v2.LogsApi.submitLog': 1 } },
        ddServerConf: { name: `127.0.0.1:${serve.port}`, protocol: 'http' },
        service: 'shop', ddsource: 'nodejs', ddtags: 'team:red', sendIntervalMs: 200,
    }, membersOf, () => serve.hold(all.length)), // It sends nothing any more once it ends.
    expected: (sample) => ({ ...recordOf(sample, { ...sample.data, ddsource: 'nodejs' }),
                             tags: ['team:red', 'service:shop'] }),
    unsure,
}));
