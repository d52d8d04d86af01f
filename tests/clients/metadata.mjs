// SPDX-License-Identifier: GPL-3.0-or-later
// 1,000 records with generated metadata through each service's encoder: every value is found again by
// a reader that is not ours.
//     node metadata.mjs TRACE-FORWARDER FOLDER-OF-NODE_MODULES [SEED]
// What counts as found: a text, a word and a whole number is the same; any other number is the same
// double; a list or an object has the same in the same order. A whole number that fits no 64 bits is a
// text, and half of a surrogate pair is U+FFFD, since nothing else can hold them. In Loki, where all is
// text, what is no text is JSON; in OTLP, which has no unsigned ones, a whole number above 63 bits is
// a text, too. No two keys of a record have the same name.
// Exit code: 0 all is found, 1 something is not, 77 there are no readers here.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { records } from './generate.mjs';
import { load } from './readers.mjs';

const [program, modules, seed = '11'] = process.argv.slice(2);
const COUNT = 1000;

if (!existsSync(join(modules, 'node_modules', '.complete'))) {
    console.log('Skipped: npm has not installed the readers.');
    process.exit(77);
}
/** Keeps each request's body and answers as a service that stored it. */
async function startServer() {
    const bodies = [];
    const server = createServer((request, response) => {
        const parts = [];
        request.on('data', (part) => parts.push(part));
        request.on('end', () => {
            if (request.method !== 'POST') {
                response.writeHead(404).end();
                return;
            }
            bodies.push({ headers: request.headers, body: Buffer.concat(parts) });
            response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
        });
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    return { server, bodies, url: `http://127.0.0.1:${server.address().port}` };
}

function run(home, args, input) {
    const env = { ...process.env, HOME: home, XDG_CONFIG_HOME: join(home, 'config'),
                  XDG_DATA_HOME: join(home, 'data'), XDG_RUNTIME_DIR: home, KEY: 'AKID:secret' };
    return new Promise((done) => {
        const child = spawn(program, args, { env, stdio: ['pipe', 'ignore', 'inherit'] });
        child.on('close', done);
        child.stdin.end(input);
    });
}

/** What is missing of the records at one endpoint. */
async function faultsOf(reader, all) {
    const home = mkdtempSync(join(tmpdir(), 'trace-clients-'));
    const { server, bodies, url } = await startServer();
    try {
        const folder = join(home, 'config', 'trace-console');
        mkdirSync(folder, { recursive: true });
        
        writeFileSync(join(folder, 'endpoints.json'), JSON.stringify({
            version: 1, endpoints: [{ name: 'it', url, buffer_size: 200, ...reader.endpoint }],
        }));
        const code = await run(home, ['send', '--endpoint', 'it', '--timeout', '60'],
                               all.map(({ line }) => `${line}\n`).join(''));
        if (code !== 0)
            return [`send ended with ${code}`];
        const arrived = new Map();
        for (const body of bodies) {
            for (const { message, pairs } of reader.read(body))
                arrived.set(message, pairs);
        }
        const faults = arrived.size === all.length ? [] : [`${arrived.size} records arrived`];
        for (const { message, pairs, line } of all) {
            const left = [...(arrived.get(message) ?? [])];
            const names = left.map(([name]) => name);
            if (new Set(names).size !== names.length)
                faults.push(`${message}: two of ${JSON.stringify(names)} are equal`);
            for (const [key, value] of pairs) {
                const place = left.findIndex(([name, found]) =>
                    reader.named(key, name) && reader.same(value, found));
                if (place < 0)
                    faults.push(`${message}: ${JSON.stringify(key)} is not among `
                                + `${JSON.stringify(left)}\n    ${line}`);
                else
                    left.splice(place, 1);
            }
        }
        return faults;
    } finally {
        server.close();
        rmSync(home, { recursive: true, force: true });
    }
}

const all = [...records(COUNT, Number(seed), Date.now())];
let failed = false;
for (const [name, reader] of Object.entries(load(resolve(modules)))) {
    const faults = await faultsOf(reader, all);
    failed ||= faults.length > 0;
    console.log(`${name}: ${faults.length === 0 ? 'every value is found again' : `${faults.length} faults`}`);
    faults.slice(0, 5).forEach((fault) => console.log(`  ${fault}`));
}
process.exit(failed ? 1 : 0);
