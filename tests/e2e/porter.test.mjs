// SPDX-License-Identifier: LGPL-2.1-or-later
// The porter and sessions under systemd: what is killed, by whom it is missed, and what is remembered.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, sleep, until } from './client.mjs';
import { add, remove, sh } from './lab.mjs';

const ENDED = 'd5890309bfe04fd8a83c7f37876c90f3';
const show = (unit, property) => sh(`systemctl show ${unit} -p ${property} --value`).trim();
const records = name => sh(`journalctl --sync; journalctl -b -o json MESSAGE_ID=${ENDED} LABGATE_LAB=${name}`)
        .split('\n').filter(Boolean).map(line => JSON.parse(line));
const scenario = (name, body) => test(name, { timeout: 60000 }, body);

async function works(client) {
        const before = client.instructions.length;
        client.type('echo still here\n');
        await client.alive('an echo', () => client.instructions.slice(before).some(([opcode]) => opcode === 'img'));
}

async function isFull(token) {
        const client = new Client(token);
        const end = await client.end();
        assert.equal(end.status, 0x0201, end.text);
}

for (const how of ['systemctl kill -s KILL labgate-porter', 'systemctl restart labgate-porter']) {
        scenario(`${how}: sessions go on, limits hold, labs are watched`, async () => {
                const token = add({ name: 'outlives', max_sessions: 2 });
                const first = new Client(token);
                await first.prompt();
                const pid = show('labgate-porter', 'MainPID');
                sh(how);
                await until('a new porter', () => !['0', pid].includes(show('labgate-porter', 'MainPID')));
                await works(first);
                const second = new Client(token);
                await second.prompt();
                await isFull(token);
                await works(first);
                remove(token);
                for (const client of [first, second])
                        assert.equal((await client.end()).status, 0x020B);
        });
}

scenario('a session that is killed has its end on record, and its place is free', async () => {
        const token = add({ name: 'killed', max_sessions: 1 });
        const client = new Client(token);
        await client.prompt();
        await isFull(token);
        const [unit] = sh('systemctl list-units --plain --no-legend "labgate@*"').trim().split('\n').at(-1).split(' ');
        sh(`systemctl kill -s KILL ${unit}`);
        const [record] = await until('the record', () => {
                const found = records('killed');
                return found.length && found;
        });
        assert.equal(record.SYSLOG_IDENTIFIER, 'labgate-porter');
        assert.ok(record.LABGATE_SESSION && Number(record.LABGATE_DURATION_USEC) > 0);
        const next = new Client(token);
        await next.prompt();
        await next.close();
        await sleep(500);
        assert.equal(records('killed').length, 2, 'one end for each');
});

test('the porter needs no more than it says', () => {
        const [, score] = /level for labgate-porter.service: (\S+)/.exec(sh('systemd-analyze security labgate-porter --no-pager'));
        assert.ok(Number(score) <= 2, `exposure ${score}`);
        assert.doesNotMatch(sh('journalctl -b -u labgate-porter --no-pager'), /cannot let|Cannot start|no longer|no keepalive/);
});
