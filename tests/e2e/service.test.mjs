// SPDX-License-Identifier: LGPL-2.1-or-later
// The administrator's command on the real service, and what a running session survives.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { Client, sleep, until } from './client.mjs';
import { PORTS, add, read, sh } from './lab.mjs';

const it = (name, body) => test(name, { timeout: 90000 }, body);
let n = 0;

async function works(client) {
        const file = `/home/training/works-${++n}`;
        client.type(`touch ${file}\n`);
        await until('a command to run', () => fs.existsSync(file));
        assert.equal(client.errors.length, 0);
}

const sessions = () => sh('systemctl list-units --plain --no-legend "labgate@*"').trim().split('\n').filter(Boolean);

it('labgate add, list, show nothing secret, remove ends its sessions', async () => {
        const printed = sh(`printf canary-password-7d1f | labgate add ssh --name cli-lab --hostname 127.0.0.1 ` +
                           `--username training --password-stdin --set port=${PORTS.ssh} ` +
                           `--set host_key=${read('host-key')} --run`);
        const [token] = /[A-Za-z0-9_-]{43}/.exec(printed);
        const client = new Client(token);
        await client.prompt();
        await works(client);
        const listed = sh('labgate list --json');
        assert.ok(JSON.parse(listed), 'JSON');
        assert.match(listed, /cli-lab/);
        assert.ok(!/canary|private/.test(listed) && !listed.includes(token));
        sh('labgate remove cli-lab');
        const began = Date.now();
        const end = await client.end(6000);
        assert.equal(end.status, 0x020B, end.text);
        assert.ok(Date.now() - began < 5000);
});

it('labgate check names file and line', () => {
        const file = '/etc/labgate/labs/broken.conf';
        fs.writeFileSync(file, 'name = "x";\nprotocol = "ssh";\nhostname = "h";\ncolour = 1;\n', { mode: 0o640 });
        assert.throws(() => sh(`labgate check ${file}`, { stdio: 'pipe' }), error => {
                assert.equal(error.status, 1);
                assert.match(error.stderr + error.stdout, /broken\.conf:4/);
                return true;
        });
        fs.unlinkSync(file);
});

it('a session survives reloads, a new porter and a new socket', async () => {
        const client = new Client(add({}));
        await client.prompt();
        for (const command of ['systemctl daemon-reload', 'systemctl restart labgate-porter', 'systemctl reload nginx',
                               'systemctl restart labgate.socket']) {
                sh(command);
                await sleep(300);
                await works(client);
        }
        await client.close();
});

it('limits hold across a restart of the porter', async () => {
        const token = add({ max_sessions: 1 });
        const client = new Client(token);
        await client.prompt();
        sh('systemctl restart labgate-porter');
        const end = await new Client(token).end();
        assert.equal(end.status, 0x0201, end.text);
        await client.close();
});

it('a killed session frees its place', async () => {
        const token = add({ max_sessions: 1 });
        const client = new Client(token);
        await client.prompt();
        const [unit] = sessions()[0].split(' ');
        sh(`systemctl kill --signal=KILL ${unit}`);
        await client.end();
        await sleep(200);
        const next = new Client(token);
        await next.prompt();
        await next.close();
});

it('stopping a session says who did it', async () => {
        const client = new Client(add({}));
        await client.prompt();
        sh(`systemctl stop ${sessions()[0].split(' ')[0]}`);
        const end = await client.end();
        assert.equal(end.status, 0x020B, end.text);
        assert.equal(end.reason, '523');
});

// systemd's default trigger limit would fail the socket for good, until somebody restarts it.
it('250 connections at once do not bring the socket down', async () => {
        await Promise.all(Array.from({ length: 250 }, () => new Promise(resolve => {
                const socket = net.connect('/run/labgate/session.sock', () => socket.end(resolve));
                socket.on('error', resolve);
        })));
        await until('all of them to be gone', () => sessions().length === 0, 50000);
        assert.match(sh('systemctl is-active labgate.socket'), /^active/);
        const client = new Client(add({}));
        await client.prompt();
        await client.close();
});

it('the journal has each session\'s opening and end, with fields', async () => {
        const client = new Client(add({ name: 'journal-lab' }));
        await client.prompt();
        await client.close();
        const records = await until('the records', () => {
                const lines = sh('journalctl --sync; journalctl -b -o json LABGATE_LAB=journal-lab || true').trim().split('\n');
                const found = lines.filter(Boolean).map(line => JSON.parse(line)).filter(record => record.MESSAGE_ID);
                return found.length >= 3 && found;
        }, 5000);
        const last = records.at(-1);
        for (const field of ['SESSION', 'PROTOCOL', 'UPSTREAM', 'REMOTE_ADDR', 'STATUS', 'REASON', 'DURATION_USEC', 'BYTES_IN',
                             'BYTES_OUT'])
                assert.ok(last[`LABGATE_${field}`] !== undefined, field);
        assert.equal(last.LABGATE_REMOTE_ADDR, '127.0.0.1');
});

it('nothing stays behind', async () => {
        await until('all units to be gone', () => sessions().length === 0);
        assert.equal(sh('systemctl list-units --failed --plain --no-legend').trim(), '');
});
