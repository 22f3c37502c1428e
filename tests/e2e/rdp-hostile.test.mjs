// SPDX-License-Identifier: LGPL-2.1-or-later
// A lab machine that cuts, stalls or garbles at each step of a connection: the session ends with a text, in time, or
// goes on; it never just vanishes. Between labgate and a real xrdp stands somebody who has its key and so reads and
// changes what is inside TLS.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import { after, before, test } from 'node:test';
import { Client, sleep, until } from './client.mjs';
import { add, read, sh } from './lab.mjs';

const here = new URL('.', import.meta.url).pathname;
const WORK = '/var/lib/labgate-test/rdp';
// What comes down: the answer to the negotiation, of the conference, of the user, of five channels, licence, demand for
// activation, four PDUs that end it, pictures.
const STEPS = 18;
const LONG = process.env.LABGATE_TEST_LONG; // everything, not just some of it
const BEGUN = Math.floor(Date.now() / 1000); // other files kill sessions of their own
const STALL_LIMIT_MS = 24000; // RDP_CONNECT_SECONDS and some more
const JOIN = 0x3e; // confirmed to each channel; the newest libraries and servers do without
let key, cert, port;
let joins = 0;
let plan = () => {}; // (step, PDU, socket) => what to send on instead, nothing to let it pass

before(async () => {
        sh(`${here}/rdp-machines`);
        key = fs.readFileSync(`${WORK}/xrdp.key`);
        cert = fs.readFileSync(`${WORK}/xrdp.pem`);
        const server = net.createServer(socket => meet(socket));
        await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
        port = server.address().port;
        server.unref();
});

// Whole PDUs at the head of what came: TPKT with its length, or fast path with its own.
function split(bytes) {
        const pdus = [];
        for (;;) {
                let size = Infinity;
                if (bytes.length >= 4)
                        size = bytes[0] === 3 ? bytes.readUInt16BE(2)
                             : bytes[1] & 0x80 ? (bytes[1] & 0x7f) << 8 | bytes[2] : bytes[1];
                if (bytes.length < size || size < 2)
                        return [pdus, bytes];
                pdus.push(bytes.subarray(0, size));
                bytes = bytes.subarray(size);
        }
}

function meet(socket) {
        const ours = plan;
        const upstream = net.connect(3390, '127.0.0.1');
        let holds = false; // whoever stalls does not notice that the one behind it has left
        const gone = () => { if (!holds) socket.destroy(); upstream.destroy(); };
        const mine = (...args) => {
                const other = ours(...args);
                holds ||= other === null && !socket.destroyed;
                return other;
        };
        for (const s of [socket, upstream])
                s.on('error', gone).on('close', gone);
        socket.on('close', () => upstream.destroy());
        upstream.once('connect', () => socket.once('data', request => {
                upstream.write(request);
                upstream.once('data', response => {
                        const other = mine(0, response, socket);
                        if (other !== undefined)
                                return other && socket.write(other);
                        socket.write(response);
                        relay(socket, upstream, mine, gone);
                });
        }));
}

function relay(socket, upstream, mine, gone) {
        const down = new tls.TLSSocket(socket, { isServer: true, key, cert });
        const up = tls.connect({ socket: upstream, rejectUnauthorized: false });
        let step = 1, rest = Buffer.alloc(0);
        for (const s of [down, up])
                s.on('error', gone).on('close', gone);
        down.on('data', bytes => up.write(bytes));
        up.on('data', bytes => {
                let pdus;
                [pdus, rest] = split(Buffer.concat([rest, bytes]));
                for (const pdu of pdus) {
                        const other = mine(step, pdu, socket);
                        if (other === undefined)
                                down.write(pdu);
                        else if (other)
                                down.write(other);
                        step++;
                }
        });
}

const lab = settings => add({ protocol: 'rdp', username: 'training', password: 'canary-password-7d1f', port,
                              private_key: undefined, host_key: undefined, cert_fingerprints: [read('rdp-xrdp')],
                              ...settings });

async function endOf(ms, settings) {
        const c = new Client(lab(settings));
        const end = await c.end(ms);
        assert.notEqual(end.status, 0, 'a status');
        assert.ok(end.text.length > 10, 'a text');
        assert.equal(end.reason, String(end.status));
        return end;
}

// Always the same numbers.
function dice(seed) {
        return () => (seed = Math.imul(seed, 1103515245) + 12345 & 0x7fffffff) >>> 8;
}

test('it lets pass what it does not change', { timeout: 30000 }, async () => {
        let n = 0;
        plan = (step, pdu) => { n++; joins += pdu[0] === 3 && pdu.length === 15 && pdu[7] === JOIN; };
        const c = new Client(lab());
        await c.alive('a desktop', () => c.count('img') > 2 && n > STEPS);
        await c.close();
});

test('cut at each step', { timeout: 120000 }, async () => {
        for (let k = 0; k < STEPS; k++) {
                plan = (step, pdu, socket) => step >= k ? (socket.destroy(), null) : undefined;
                const { text } = await endOf(15000);
                assert.match(text, /closed the connection|does not offer|ended/, `step ${k}: ${text}`);
        }
});

test('half a PDU at each step', { timeout: 120000 }, async () => {
        for (let k = 0; k < STEPS; k += LONG ? 1 : 3) {
                plan = (step, pdu, socket) => {
                        if (step < k)
                                return undefined;
                        if (step > k)
                                return null;
                        setTimeout(() => socket.destroy(), 200);
                        return pdu.subarray(0, pdu.length >> 1);
                };
                await endOf(15000);
        }
});

// From a step on nothing more comes. All at once, as each takes its time limit.
test('stall at each step', { timeout: 60000 }, async () => {
        const ends = [];
        // Some of the channels, and what comes after them.
        const channels = joins ? [4] : [];
        for (const k of [0, 1, 2, ...channels, ...[3, 4, 5, 6].map(after => joins + after)]) {
                plan = step => step >= k ? null : undefined;
                ends.push(endOf(STALL_LIMIT_MS).then(end => [k, end]));
                await sleep(400);
        }
        for (const [k, { status, text }] of await Promise.all(ends)) {
                assert.equal(status, 0x202, `step ${k}: ${text}`);
                assert.match(text, /did not answer in time/);
        }
});

// Some bytes of one PDU are others. What comes of it is the library's choice, but a choice.
test('garbage at each step', { timeout: 120000 }, async () => {
        for (let k = 0; k < STEPS; k++)
                for (const many of LONG ? [1, 2, 4, 8, 16, 40, 100] : k < 12 ? [4] : [40]) {
                        const roll = dice(k * 100 + many);
                        plan = (step, pdu) => {
                                if (step !== k)
                                        return undefined;
                                const other = Buffer.from(pdu);
                                for (let i = 0; i < many; i++)
                                        other[4 + roll() % (other.length - 4)] = roll();
                                return other;
                        };
                        const c = new Client(lab());
                        const ended = c.end(60000).catch(() => null);
                        const end = await Promise.race([ended, sleep(LONG ? 1500 : 700).then(() => null)]);
                        if (end)
                                assert.ok(end.status !== 0 && end.text,
                                          `step ${k}: closed by ${end.code} ${end.reason}`);
                        await until('the upgrade', () => c.socket.readyState !== 0);
                        await c.close();
                }
});

after(() => {
        const crashes = sh(`journalctl --sync; journalctl --since=@${BEGUN} --no-pager _PID=1 | ` +
                           'grep -E "labgate@.*(core-dump|SEGV|ABRT|code=killed|code=dumped)" || true');
        assert.equal(crashes, '', 'no session died of a signal');
});
