// SPDX-License-Identifier: GPL-3.0-or-later
// Endpoints and how what they get is read, by readers that are not ours: OTLP and Loki by what their
// protocols' own schemas generate, the others as JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Digits, Members, canonical, parse, real } from './exactjson.mjs';

const MAX_SIGNED = 2n ** 63n - 1n;
const MAX_UNSIGNED = 2n ** 64n - 1n;

/** By what names the endpoints' readers are asked: each with `read`, which gives of a request each
    record's message and metadata, `named`, whether a name is that of a key, and `same`. */
export function load(folder) {
    const require = createRequire(join(folder, 'package.json'));
    const otlp = require('@opentelemetry/otlp-transformer/build/src/generated/root')
        .opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
    const push = pushRequest(require);
    const { uncompress } = require('snappyjs');

    // A key that is one of our names bears a prefix.
    const inOtlp = { named: (key, name) => isNumbered(key.replace(/^(metadata\.)*/, ''),
                                                      name.replace(/^(metadata\.)*/, '')),
                     same: sameIn(MAX_SIGNED) };
    const inJson = { named: isNumbered, same: sameIn(MAX_UNSIGNED) };
    const inLoki = { named: isLokiName, same: (value, found) => {
        const wanted = held(value, MAX_UNSIGNED);
        return typeof wanted === 'string' ? found === wanted : jsonOf(found) === canonical(wanted);
    } };
    return {
        'otlp, protobuf': {
            ...inOtlp, endpoint: { service: 'otlp', otlp: { encoding: 'protobuf' } },
            read: ({ body }) => logRecords(otlp.decode(gunzipSync(body)), anyValue),
        },
        'otlp, JSON': {
            ...inOtlp, endpoint: { service: 'otlp', compression: 'none', otlp: { encoding: 'json' } },
            read: ({ body }) => logRecords(plain(parse(body.toString())), anyJsonValue),
        },
        'grafana, protobuf': {
            ...inLoki, endpoint: { service: 'grafana' },
            read: ({ body }) => push.decode(uncompress(body)).streams.flatMap(({ entries }) => entries.map(
                (entry) => ({ message: entry.line,
                              pairs: entry.structuredMetadata.map(({ name, value }) => [name, value]) }))),
        },
        'grafana, JSON': {
            ...inLoki, endpoint: { service: 'grafana', compression: 'gzip', grafana: { labels: { team: 'red' } } },
            read: ({ body }) => lokiEntries(gunzipSync(body)),
        },
        'grafana, without structured metadata': {
            ...inLoki, endpoint: { service: 'grafana', compression: 'none', grafana: { structured_metadata: 'off' } },
            read: ({ body }) => lokiEntries(body).map(({ message: line }) => logfmt(line)),
        },
        datadog: {
            ...inJson, endpoint: { service: 'datadog' },
            read: ({ body }) => parse(gunzipSync(body).toString()).map((item) => ({
                message: item.get('message'), pairs: membersOf(item.get('workflow').get('metadata')),
            })),
        },
        cloudwatch: {
            ...inJson, endpoint: { service: 'cloudwatch', api_key: 'env:KEY', cloudwatch: { region: 'eu-west-1' } },
            read: ({ body }) => parse(body.toString()).get('logEvents')
                .map((event) => recordOf(parse(event.get('message')))),
        },
        'generic, array': {
            ...inJson, endpoint: { service: 'generic' },
            read: ({ body }) => parse(body.toString()).map(recordOf),
        },
        'generic, lines': {
            ...inJson, endpoint: { service: 'generic', compression: 'gzip', generic: { shape: 'ndjson' } },
            read: ({ body }) => gunzipSync(body).toString().trimEnd().split('\n').map((line) => recordOf(parse(line))),
        },
    };
}

/** Loki's schema as winston-loki publishes it, which is from before structured metadata. */
function pushRequest(require) {
    const protobuf = require('protobufjs');
    const file = join(dirname(require.resolve('winston-loki/package.json')), 'src/proto/logproto.proto');
    const root = new protobuf.Root();
    root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto').nested);
    protobuf.parse(readFileSync(file, 'utf8'), root);
    root.lookupType('logproto.Entry')
        .add(new protobuf.Field('structuredMetadata', 3, 'logproto.LabelPair', 'repeated'));
    return root.lookupType('logproto.PushRequest');
}

/** The value as a service holds it whose largest whole number that is. */
function held(value, largest) {
    if (value instanceof Members)
        return new Members(value.pairs.map(([key, each]) => [key, held(each, largest)]));
    if (Array.isArray(value))
        return value.map((each) => held(each, largest));
    if (value instanceof Digits && !/[.eE]/.test(value.text)) {
        const number = BigInt(value.text);
        return number > largest || number < -(2n ** 63n) ? value.text : value;
    }
    return typeof value === 'string' ? repaired(value) : value;
}

/** Half of a surrogate pair becomes U+FFFD. */
function repaired(text) {
    return Buffer.from(text).toString();
}

/** Whether `name` is the key's, or that of an equal one behind the first. */
function isNumbered(key, name) {
    return name.startsWith(key) && /^(_\d+)?$/.test(name.slice(key.length));
}

function sameIn(largest) {
    return (value, found) => found === canonical(held(value, largest));
}

// OTLP. A value in JSON and one that was decoded have the same members.

function* logRecords(request, valueOf) {
    for (const { scopeLogs } of request.resourceLogs) {
        for (const { logRecords } of scopeLogs) {
            for (const { body, attributes } of logRecords)
                yield { message: body.stringValue, pairs: attributes.map(({ key, value }) => [key, valueOf(value)]) };
        }
    }
}

function anyValue(value) {
    const has = (name) => Object.hasOwn(value, name) && value[name] !== null;
    if (has('stringValue'))
        return JSON.stringify(value.stringValue);
    if (has('boolValue'))
        return String(value.boolValue);
    if (has('intValue'))
        return `#${value.intValue}`;
    if (has('doubleValue'))
        return real(Number(value.doubleValue));
    if (has('arrayValue'))
        return `[${value.arrayValue.values.map(anyValue)}]`;
    if (has('kvlistValue'))
        return `{${value.kvlistValue.values.map(({ key, value: each }) => `${JSON.stringify(key)}:${anyValue(each)}`)}}`;
    return 'null';
}

/** In JSON a 64-bit number is a text of its digits. */
function anyJsonValue(value) {
    if ('intValue' in value && typeof value.intValue !== 'string')
        throw new Error('an intValue that is no text');
    return anyValue(value);
}

/** Members as an object; a double stays as written. */
function plain(value) {
    if (value instanceof Members)
        return Object.fromEntries(value.pairs.map(([key, each]) => [key, plain(each)]));
    if (value instanceof Digits)
        return value.text;
    return Array.isArray(value) ? value.map(plain) : value;
}

// Loki.

/** Whether `name` is one that Loki takes, and made of the key. */
function isLokiName(key, name) {
    const bytes = [...Buffer.from(repaired(key))].map((byte) => String.fromCharCode(byte)).join('');
    const clean = bytes.replace(/[^a-zA-Z0-9_]/g, '_');
    return /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
        && new RegExp(`^(metadata_|key_)*${clean}(_\\d+)*$`).test(name);
}

/** A text that is JSON in its canonical form; another one is no such value. */
function jsonOf(text) {
    try {
        return canonical(parse(text));
    } catch {
        return undefined;
    }
}

function lokiEntries(body) {
    return parse(body.toString()).get('streams').flatMap((stream) => stream.get('values').map(
        ([, line, pairs]) => ({ message: line, pairs: pairs?.pairs ?? [] })));
}

/** A line with fields behind its message: bare, or as JSON's strings. */
function logfmt(line) {
    const [message] = /^record \d+/.exec(line);
    const pattern = / ([a-zA-Z0-9_]+)=("(?:[^"\\]|\\.)*"|[^ "]*)/gy;
    pattern.lastIndex = message.length;
    const pairs = [];
    for (let match; (match = pattern.exec(line));)
        pairs.push([match[1], match[2].startsWith('"') ? JSON.parse(match[2]) : match[2]]);
    return { message, pairs };
}

// JSON.

function membersOf(metadata) {
    return metadata.pairs.map(([key, value]) => [key, canonical(value)]);
}

function recordOf(record) {
    return { message: record.get('message'), pairs: membersOf(record.get('metadata')) };
}
