// SPDX-License-Identifier: GPL-3.0-or-later
// Reads JSON without losing anything: numbers as they are written, each of two equal keys.

/** An object's members in their order. */
export class Members {
    constructor(pairs) {
        this.pairs = pairs;
    }

    /** The only value of `key`, or undefined. */
    get(key) {
        return this.pairs.find(([name]) => name === key)?.[1];
    }
}

/** A number as it is written. */
export class Digits {
    constructor(text) {
        this.text = text;
    }
}

/** The value of a text in JSON. Throws where it is none. */
export function parse(text) {
    const pattern = /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))\s*/gy;
    const next = () => {
        const at = pattern.lastIndex;
        const match = pattern.exec(text);
        if (!match)
            throw new Error(`no JSON at ${at}: ${text.slice(at, at + 40)}`);
        return match;
    };
    const list = (end, item) => {
        const items = [];
        const at = pattern.lastIndex;
        if (next()[1] === end)
            return items;
        pattern.lastIndex = at;
        for (;;) {
            items.push(item());
            const separator = next()[1];
            if (separator === end)
                return items;
            if (separator !== ',')
                throw new Error(`no comma before ${pattern.lastIndex}`);
        }
    };
    const value = () => {
        const [, sign, string, number, word] = next();
        if (string !== undefined)
            return JSON.parse(string);
        if (number !== undefined)
            return new Digits(number);
        if (word !== undefined)
            return { true: true, false: false, null: null }[word];
        if (sign === '[')
            return list(']', value);
        if (sign !== '{')
            throw new Error(`unexpected ${sign}`);
        return new Members(list('}', () => {
            const key = JSON.parse(next()[2]);
            if (next()[1] !== ':')
                throw new Error(`no colon after ${key}`);
            return [key, value()];
        }));
    };
    const result = value();
    if (pattern.lastIndex !== text.length)
        throw new Error('more behind the value');
    return result;
}

/**
 * A value as a text that is the same for equal values: whole numbers by their digits, others by the
 * nearest double, members in their order.
 */
export function canonical(value) {
    if (value instanceof Members)
        return `{${value.pairs.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`)}}`;
    if (value instanceof Digits)
        return /[.eE]/.test(value.text) ? real(Number(value.text)) : `#${BigInt(value.text)}`;
    if (Array.isArray(value))
        return `[${value.map(canonical)}]`;
    return JSON.stringify(value);
}

/** A number with a fraction, as canonical() writes it. */
export function real(number) {
    return `~${Object.is(number, -0) ? '-0' : number}`;
}
