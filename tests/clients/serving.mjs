// SPDX-License-Identifier: GPL-3.0-or-later
// A published client logs to a real `serve`; what the journal holds then is compared, field by field,
// with what was logged.
//     node CLIENT.mjs TRACE-FORWARDER FOLDER-OF-NODE_MODULES
// Exit code: 0 it is the same, 1 it is not, 77 the client is not here.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual, promisify } from 'node:util';

const [program, modules] = process.argv.slice(2);
const PATIENCE = 30_000;

export const COUNT = 200;

if (!existsSync(join(modules, 'node_modules', '.complete'))) {
    console.log('Skipped: npm has not installed the clients.');
    process.exit(77);
}

/** Loads one of the installed packages. */
export const require = createRequire(join(resolve(modules), 'package.json'));

// No proxy must come between.
for (const name of Object.keys(process.env)) {
    if (/_proxy$/i.test(name))
        delete process.env[name];
}

/**
 * What is to be logged, with the client's `levels` in turn: each `[its name, the name that is held]`.
 * Ids are as a run, a trace and a span have them, `data` is what the message is not.
 */
export function samples(levels) {
    return Array.from({ length: COUNT }, (_, number) => {
        const [level, held] = levels[number % levels.length];
        return {
            number, level, held,
            message: `sample ${number}: ${TEXTS[number % TEXTS.length]}`,
            run: `nightly-${number % 7}`,
            trace: (0x10000 + number).toString(16).padStart(32, '4bf92f3577b34da6a3ce929d0e0e4736'),
            span: (0x10000 + number).toString(16).padStart(16, '00f067aa0ba902b7'),
            data: {
                order: {
                    number, total: number / 8 + 0.5, below: -1 - number, many: Number.MAX_SAFE_INTEGER,
                    paid: number % 2 === 0, coupon: null, note: TEXTS[(number + 3) % TEXTS.length],
                    items: [{ sku: `a-${number}`, sizes: [1, 2.5, 'L'] }, [], {}, null, true],
                    'ship to': { city: 'Zürich', geo: { at: [47.37, 8.54] } },
                },
            },
        };
    });
}

const TEXTS = [
    'plain words', '"quoted" and \\ back', 'ä€𝄞 漢字', 'two\nlines\tand a tab', '{"not": "ours"}', 'a=b c=d',
    '100% of it', "it's", '<b>&amp;</b>', '+1 & more; more', '[1]', 'ends with a blank ',
];

/** `serve` with a journal of its own, and nothing behind it: what it takes stays. */
async function startServe(home) {
    const environment = { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, 'config'),
                          XDG_DATA_HOME: join(home, 'data'), XDG_RUNTIME_DIR: home };
    const nobody = 'http://127.0.0.1:9/';
    const child = spawn(program, ['serve', '--port', '0', '--service', 'generic', '--url', nobody,
                                  '--timeout', '0'],
                        { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text) => { said += text; });
    const ended = once(child, 'close');
    process.once('exit', () => child.kill('SIGKILL')); // A client may throw where nobody catches it.
    const port = await until(() => {
        if (child.exitCode !== null)
            throw new Error(`serve ended: ${said}`);
        return /receiving at \S+:(\d+),/.exec(said)?.[1];
    });
    const ask = async (...args) => (await promisify(execFile)(
        program, ['--json', ...args], { env: environment, maxBuffer: 1 << 28 })).stdout;
    const count = async () => JSON.parse(await ask('status')).endpoints
        .reduce((sum, { ledger }) => sum + ledger.accepted, 0);
    return {
        url: `http://127.0.0.1:${port}`, port: Number(port),
        /** Waits for so many records: some clients do not say when they have sent all. */
        hold: (number) => until(async () => await count() >= number, 200),
        said: () => said,
        records: async () => (await ask('records')).trimEnd().split('\n').filter((line) => line)
            .map((line) => JSON.parse(line)),
        stop: async () => {
            child.kill('SIGTERM');
            await ended;
        },
    };
}

/** Tries until it is something, or the patience is over: then it is undefined. */
async function until(found, pause = 20) {
    const end = Date.now() + PATIENCE;
    for (;;) {
        const result = await found();
        if (result || Date.now() > end)
            return result;
        await wait(pause);
    }
}

/** The samples as they are logged, each with the time before and behind that. */
export async function logEach(all, log) {
    for (const sample of all) {
        sample.from = Date.now();
        await log(sample);
        sample.to = Date.now();
    }
}

/**
 * Runs `log`, which logs all samples to the `serve` that it is given, and prints what differs. `expected`
 * makes of a sample the record that is to be held, but for the members that `unsure` looks at:
 * `{member: (value, sample) => whether it is good}`.
 */
export async function compare(name, all, { log, expected, unsure = {} }) {
    const home = mkdtempSync(join(tmpdir(), 'trace-clients-'));
    let serve;
    try {
        serve = await startServe(home);
        await log(serve);
        await serve.hold(all.length);
        await serve.stop();
        const faults = faultsOf(all, await serve.records(), { expected, unsure });
        if (!serve.said().includes(', refused 0\n'))
            faults.push('serve refused requests');
        return report(name, faults, serve.said());
    } finally {
        await serve?.stop();
        rmSync(home, { recursive: true, force: true });
    }
}

function faultsOf(all, records, { expected, unsure }) {
    const faults = records.length === all.length ? [] : [`${records.length} of ${all.length} records are held`];
    const left = new Map();
    for (const record of records) {
        const number = /sample (\d+):/.exec(JSON.stringify(record))?.[1];
        if (left.has(Number(number)))
            faults.push(`sample ${number} is held twice`);
        left.set(Number(number), record);
    }
    for (const sample of all) {
        const record = left.get(sample.number);
        if (!record) {
            faults.push(`sample ${sample.number} is not held`);
            continue;
        }
        const wanted = expected(sample);
        for (const [key, isGood] of Object.entries({ timestamp: isTimely, ...unsure })) {
            if (!isGood(record[key], sample))
                faults.push(`sample ${sample.number}: ${key} is ${JSON.stringify(record[key])}`
                            + (key === 'timestamp' ? `, logged ${timesOf(sample)}` : ''));
            delete record[key];
        }
        for (const key of new Set([...Object.keys(record), ...Object.keys(wanted)])) {
            if (!isDeepStrictEqual(record[key], wanted[key]))
                faults.push(`sample ${sample.number}: ${key} is\n    ${JSON.stringify(record[key])}, not\n`
                            + `    ${JSON.stringify(wanted[key])}`);
        }
    }
    return faults;
}

/** To the millisecond, as the clients' clocks count. */
function isTimely(timestamp, { from, to }) {
    const time = Date.parse(timestamp);
    return from <= time && time <= to;
}

function timesOf({ from, to }) {
    return `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
}

function report(name, faults, said) {
    console.log(`${name}: ${faults.length === 0 ? `${COUNT} records are held as logged` : `${faults.length} faults`}`);
    faults.slice(0, 8).forEach((fault) => console.log(`  ${fault.slice(0, 2000)}`));
    if (faults.length > 0)
        console.log(`serve said:\n${said}`);
    return faults.length === 0;
}

/** Ends the program: a client may keep timers and connections. */
export function conclude(...good) {
    process.exit(good.every(Boolean) ? 0 : 1);
}
