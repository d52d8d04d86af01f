// SPDX-License-Identifier: GPL-3.0-or-later
// AWS's own client and winston-cloudwatch on top of it: events that are JSON, and plain ones.
import { promisify } from 'node:util';
import { compare, conclude, logEach, require, samples } from './serving.mjs';

const aws = require('@aws-sdk/client-cloudwatch-logs');
const winston = require('winston');
const WinstonCloudWatch = require('winston-cloudwatch');

const LEVELS = [['TRACE', 'debug'], ['DEBUG', 'debug'], ['INFO', 'info'], ['WARN', 'warning'],
                ['ERROR', 'error'], ['FATAL', 'critical']];
const SYSLOG = [['emerg', 'critical'], ['alert', 'critical'], ['crit', 'critical'], ['error', 'error'],
                ['warning', 'warning'], ['notice', 'info'], ['info', 'info'], ['debug', 'debug']];
const PLACE = { log_group: '/shop', log_stream: 'till-3' };

function settings({ url }) {
    return { endpoint: url, region: 'eu-west-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } };
}

async function put(serve, all, messageOf) {
    const client = new aws.CloudWatchLogsClient(settings(serve));
    const place = { logGroupName: PLACE.log_group, logStreamName: PLACE.log_stream };
    await client.send(new aws.CreateLogGroupCommand({ logGroupName: place.logGroupName }));
    await client.send(new aws.CreateLogStreamCommand(place));
    const logEvents = [];
    await logEach(all, (sample) => {
        const timestamp = Date.now();
        logEvents.push({ timestamp, message: messageOf(sample, timestamp) });
    });
    for (let i = 0; i < logEvents.length; i += 50) {
        const answer = await client.send(new aws.PutLogEventsCommand(
            { ...place, logEvents: logEvents.slice(i, i + 50) }));
        if (answer.rejectedLogEventsInfo)
            throw new Error(JSON.stringify(answer.rejectedLogEventsInfo));
    }
    client.destroy();
}

async function logByWinston(serve, all, options, write = writeSample) {
    const transport = new WinstonCloudWatch({
        level: 'debug', logGroupName: PLACE.log_group, logStreamName: PLACE.log_stream, uploadRate: 100,
        cloudWatchLogs: new aws.CloudWatchLogs(settings(serve)), ...options });
    const logger = winston.createLogger({ levels: winston.config.syslog.levels, level: 'debug',
                                          format: winston.format.errors({ stack: true }),
                                          transports: [transport] });
    await logEach(all, (sample) => write(logger, sample));
    await promisify(transport.kthxbye.bind(transport))();
}

function writeSample(logger, { level, message, run, trace, span, data }) {
    logger.log(level, message, { run_id: run, trace_id: trace, span_id: span, ...data });
}

const recordOf = ({ held, message, run, trace, span, data }) => ({
    level: held, message, run_id: run, trace_id: trace, span_id: span, metadata: { ...data, ...PLACE } });

const all = samples(LEVELS);
const syslog = samples(SYSLOG);
const errors = samples([['error', 'error']]);
conclude(
    // As Lambda and Powertools write it.
    await compare('@aws-sdk/client-cloudwatch-logs, JSON', all, {
        log: (serve) => put(serve, all, ({ level, message, run, trace, span, data }, time) => JSON.stringify({
            timestamp: new Date(time).toISOString(), level, message, run_id: run, trace_id: trace, span_id: span,
            ...data })),
        expected: recordOf,
    }),
    await compare('@aws-sdk/client-cloudwatch-logs, text', all, {
        log: (serve) => put(serve, all, ({ message }) => message),
        expected: ({ message }) => ({ level: 'info', message, metadata: PLACE }),
    }),
    await compare('winston-cloudwatch, jsonMessage', syslog, {
        log: (serve) => logByWinston(serve, syslog, { jsonMessage: true }),
        expected: recordOf,
    }),
    await compare('winston-cloudwatch, errors', errors, {
        log: (serve) => logByWinston(serve, errors, { jsonMessage: true }, (logger, sample) => {
            sample.error = new TypeError(sample.message);
            logger.error(sample.error);
        }),
        expected: ({ held, message, error }) => ({
            level: held, message, stack_trace: error.stack, metadata: PLACE }),
    }),
    await compare('winston-cloudwatch', syslog, {
        log: (serve) => logByWinston(serve, syslog, {}),
        expected: ({ level, message }) => ({ level: 'info', message: `${level} - ${message}`, metadata: PLACE }),
    }),
);
