// SPDX-License-Identifier: GPL-3.0-or-later
// Records whose metadata has every shape that JSON has, from a seed.
import { Digits, Members } from './exactjson.mjs';

/** A generator of whole numbers below its argument (mulberry32). */
function randomOf(seed) {
    let state = seed;
    return (bound) => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
    };
}

const KEYS = [
    'a', 'b', 'id', 'table_1', 'CamelCase', '_x', 'a.b', 'a_b', 'a-b', 'a b', 'a/b', '2xx', '0', '404',
    '1.5', 'имя', 'год', '漢字', '名前', 'ключ', 'é', '😀', '', '_', ' ', '__name__', '__error__',
    'run_id', 'run.id', 'metadata_run_id', 'metadata.run_id', 'level', 'message', 'timestamp', 'tags',
    'service.name', 'service_name', 'metadata', 'detected_level', 'host.name', 'workflow', 'dd.trace_id',
    'quote"', 'back\\slash', 'line\nend', 'tab\t', '\u0001', 'key_2xx', 'a_b_2', 'team', 'key',
];

const TEXTS = [
    '', ' ', 'text', 'ä€𝄞', '漢字かな', '😀😀', '"quoted"', '\\', '\n\r\t\b\f', '\u0000\u0001\u001f\u007f',
    '\u2028\u2029', '{"a":1}', '[1]', '},{', ']}', '"', ':', ',', 'null', '123', 'true', 'a=b c=d', '\ufeff',
    'x'.repeat(300), '\\u0041', '</script>', '%s %d', '\u0085\u00a0', '\ud800', 'a\udc00b', '\udc00\ud800',
];

const NUMBERS = [
    '0', '1', '-1', '42', '9007199254740991', '9007199254740993', '-9007199254740993',
    '9223372036854775807', '-9223372036854775808', '9223372036854775808', '18446744073709551615',
    '0.0', '-0.0', '0.1', '2.0', '-2.5', '1e5', '1E-7', '1.7976931348623157e308', '5e-324', '3.141592653589793',
    '0.30000000000000004', '1e21', '123456789.123456789', '100000000000000000000.5',
];

const BEYOND = ['18446744073709551616', '-9223372036854775809', '123456789012345678901234567890'];

/** 1,000 records or as many as `count`: each `{line, pairs, message}`, the line as it is sent. */
export function* records(count, seed, nowMs) {
    const random = randomOf(seed);
    const pick = (list) => list[random(list.length)];
    const value = (depth) => {
        const kind = random(depth > 0 ? 9 : 6);
        switch (kind) {
        case 0:
            return null;
        case 1:
            return random(2) === 0;
        case 2:
        case 3:
            return random(12) === 0 ? new Digits(pick(BEYOND)) : new Digits(pick(NUMBERS));
        case 4:
        case 5:
            return pick(TEXTS);
        case 6:
            return Array.from({ length: random(4) }, () => value(depth - 1));
        default:
            return members(random(4), depth - 1);
        }
    };
    const members = (size, depth) => {
        const keys = new Set();
        while (keys.size < size)
            keys.add(pick(KEYS));
        return new Members([...keys].map((key) => [key, value(depth)]));
    };
    // A list or an object in another, down to the last level.
    const chain = (depth) => {
        if (depth === 0)
            return value(0);
        const inner = chain(depth - 1);
        const more = random(2) === 0 ? [value(0)] : [];
        return random(2) === 0 ? [inner, ...more] : new Members([[pick(KEYS), inner]]);
    };
    for (let i = 0; i < count; ++i) {
        const { pairs } = members(1 + random(8), 6);
        if (i % 5 === 0)
            pairs.push([pairs[0][0], value(2)]); // the same key once more
        if (i % 3 === 0)
            pairs.push([`chain${i}`, chain(6)]);
        const message = `record ${i}`;
        const time = nowMs - (i * 37 % 1000);
        const line = `{"message":"${message}","timestamp":${time},"metadata":${write(new Members(pairs), random)}}`;
        yield { line, pairs, message };
    }
}

/** A value as JSON, some of its texts with more escapes than they need. */
function write(value, random) {
    if (value instanceof Members)
        return `{${value.pairs.map(([key, each]) => `${quote(key, random)}:${write(each, random)}`)}}`;
    if (value instanceof Digits)
        return value.text;
    if (Array.isArray(value))
        return `[${value.map((each) => write(each, random))}]`;
    return typeof value === 'string' ? quote(value, random) : JSON.stringify(value);
}

function quote(text, random) {
    if (random(4) !== 0)
        return JSON.stringify(text);
    const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
    return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}
