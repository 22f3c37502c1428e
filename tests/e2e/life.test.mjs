// SPDX-License-Identifier: LGPL-2.1-or-later
// What sessions survive, how they end, and how the service behaves when it is full.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, test } from 'node:test';
import { promisify } from 'node:util';
import { Client, ORIGIN, sleep, until } from './client.mjs';
import { Light, closeAll, middle, noUnits, open, pidOf, round, sessionPids, units } from './light.mjs';
import { add, sh } from './lab.mjs';
import { Browser } from './page.mjs';

const it = (name, body, timeout = 60000) => test(name, { timeout }, body);
const DROP_IN = '/run/systemd/system/labgate.socket.d';
const PROGRAM = '/usr/libexec/labgate/session';
const PLUGIN = sh('ls /usr/lib/*/labgate/ssh.so').trim();

function setMaxConnections(n) {
        fs.rmSync(DROP_IN, { recursive: true, force: true });
        if (n !== null) {
                fs.mkdirSync(DROP_IN, { recursive: true });
                fs.writeFileSync(`${DROP_IN}/small.conf`, `[Socket]\nMaxConnections=${n}\n`);
        }
        sh('systemctl daemon-reload');
}
// A test that failed leaves no ceiling to the next.
afterEach(() => fs.existsSync(DROP_IN) && setMaxConnections(null));

// As dpkg does.
function replace(file) {
        fs.copyFileSync(file, `${file}.new`);
        fs.chmodSync(`${file}.new`, fs.statSync(file).mode & 0o777);
        fs.renameSync(`${file}.new`, file);
}

const programOf = pid => fs.readlinkSync(`/proc/${pid}/exe`);
const pluginOf = pid => /\S+\/ssh\.so( \(deleted\))?$/m.exec(fs.readFileSync(`/proc/${pid}/maps`, 'utf8'))[0];

// ---- what they survive ----

it('replaced programs: old sessions go on, new ones are of the new kind', async () => {
        const old = new Client(add({}));
        await old.prompt();
        const [pid] = sessionPids();
        replace(PROGRAM);
        replace(PLUGIN);
        const young = new Light(add({}));
        await young.prompt();
        const [other] = sessionPids().filter(p => p !== pid);
        for (const of of [programOf, pluginOf]) {
                assert.match(of(pid), /\(deleted\)$/);
                assert.doesNotMatch(of(other), /\(deleted\)$/);
        }
        old.type('touch /tmp/replaced\n');
        await until('the old session to work', () => fs.existsSync('/tmp/replaced'));
        await young.echo();
        await young.close();
        await old.close();
});

it('a new version of everything: units, porter, socket, nginx', async () => {
        const [session] = await open(1, add({}));
        for (const unit of ['labgate@.service', 'labgate-porter.service', 'labgate.socket'])
                replace(`/usr/lib/systemd/system/${unit}`);
        replace('/usr/libexec/labgate/porter');
        sh('systemctl daemon-reload; systemctl try-restart labgate-porter labgate-porter.socket labgate.socket; ' +
           'systemctl reload nginx');
        await session.echo();
        await closeAll([session, ...await open(1, add({}))]);
});

// ---- how they end ----

const told = async (client, status) => {
        const end = await client.end();
        assert.equal(end.status, status, end.text);
        assert.equal(end.reason, String(status));
        return end;
};

for (const [name, command, repair] of [
        ['all sessions are stopped', 'systemctl stop "labgate@*"', 'true'],
        ['the slice is stopped', 'systemctl stop labgate.slice', 'true'],
        ['a shutdown: slice, porter and nginx stop at once', 'systemctl stop nginx labgate-porter.socket labgate.slice',
         'systemctl start labgate.socket nginx'],
]) {
        it(`${name}: everybody is told`, async () => {
                const token = add({});
                const clients = [1, 2, 3].map(() => new Client(token));
                await Promise.all(clients.map(client => client.prompt()));
                const stopping = sh(`${command} && echo fine`);
                const ends = await Promise.all(clients.map(client => told(client, 0x020B)));
                sh(repair);
                assert.match(stopping, /fine/);
                assert.match(ends[0].text, /administrator/);
                await noUnits();
                assert.equal(sh('systemctl is-active labgate.socket').trim(), 'active');
                await closeAll(await open(1, add({})));
        });
}

it('one of 30 is killed: its browser sees it within 100 ms, 29 notice nothing', async t => {
        const all = await open(30, add({}));
        const [victim] = all.splice(11, 1);
        const pid = await pidOf(victim);
        await sleep(500);
        const began = performance.now();
        process.kill(pid, 'SIGKILL');
        await victim.closed;
        const took = victim.at.close - began;
        t.diagnostic(`the browser saw the close after ${round(took)} ms`);
        assert.ok(took < 100, `${round(took)} ms`);
        const echoes = [];
        for (const light of all) {
                const pressed = performance.now();
                await light.echo();
                echoes.push(performance.now() - pressed);
        }
        t.diagnostic(`29 echoes, the slowest after ${round(Math.max(...echoes))} ms`);
        await closeAll(all);
        await noUnits();
        assert.equal(sh('systemctl list-units --failed --plain --no-legend').trim(), '');
});

// ---- at the ceiling ----

it('a class of 100 within 2 seconds: all get in', async t => {
        const token = add({ name: 'class' });
        const began = performance.now();
        const all = [];
        for (let i = 0; i < 100; i++) {
                all.push(new Light(token));
                await sleep(Math.max(0, began + (i + 1) * 19 - performance.now()));
        }
        t.diagnostic(`100 began within ${round(performance.now() - began, 0)} ms`);
        await Promise.all(all.map(light => light.prompt(60000)));
        for (const mark of ['upgrade', 'prompt']) {
                const waits = all.map(light => light.at[mark] - light.began);
                t.diagnostic(`${mark}: half after ${round(middle(waits), 0)} ms, the last after ${round(Math.max(...waits), 0)} ms`);
        }
        t.diagnostic(`all at their prompt ${round(performance.now() - began, 0)} ms after the first began`);
        assert.equal(units().length, 100);
        await closeAll(all);
        await noUnits(30000);
}, 120000);

it('above the ceiling the answer is busy, below it is not', async () => {
        setMaxConnections(3);
        const held = await open(3, add({}));
        const answer = await fetch(`${ORIGIN}/labgate/ws`);
        assert.equal(answer.status, 503);
        assert.ok(Number(answer.headers.get('retry-after')) > 0);
        assert.match(answer.headers.get('content-type'), /^text\/plain/);
        assert.match(await answer.text(), /in use.*try again/is);
        // A WebSocket learns nothing of an answer, whatever it is: the stock client's own words for that.
        const refused = new Client(add({}));
        await refused.ended;
        assert.equal(refused.tunnelError.code, 0x0207);
        const browser = await Browser.start();
        try {
                const page = await browser.open(add({}));
                await until('the page to say so', async () => /in use/.test((await page.message()).text));
        } finally {
                await browser.stop();
        }
        await held.pop().close();
        await until('a free place', async () => (await fetch(`${ORIGIN}/labgate/ws`)).status === 426);
        await until('its end', () => units().length === 2);
        await closeAll([...held, ...await open(1, add({}))]);
        setMaxConnections(null);
        await noUnits();
});

it('a service that is stopped is not busy', async () => {
        sh('systemctl stop labgate.socket');
        try {
                const answer = await fetch(`${ORIGIN}/labgate/ws`);
                assert.equal(answer.status, 503);
                assert.match(await answer.text(), /not running/);
        } finally {
                sh('systemctl start labgate.socket');
        }
});

const HAMMER = `
import socket, sys, time
refused, began = 0, time.monotonic()
for _ in range(20000):
    s = socket.socket(socket.AF_UNIX)
    s.connect('/run/labgate/session.sock')
    try:
        refused += s.recv(1) == b''
    except ConnectionResetError:
        refused += 1
    s.close()
print(refused, round(time.monotonic() - began, 1))
`;

it('20,000 refused connections: the socket stays, and so do sessions', async t => {
        setMaxConnections(3);
        const held = await open(3, add({}));
        const echoes = [];
        let flooding = true;
        const hammer = promisify(execFile)('/usr/bin/python3', ['-c', HAMMER]).finally(() => { flooding = false; });
        while (flooding) {
                const pressed = performance.now();
                await held[0].echo();
                echoes.push(performance.now() - pressed);
                await sleep(50);
        }
        const [refused, seconds] = (await hammer).stdout.split(' ').map(Number);
        t.diagnostic(`${refused} refused in ${seconds} s; ${echoes.length} echoes meanwhile, half within ` +
                     `${round(middle(echoes))} ms, the slowest ${round(Math.max(...echoes))} ms`);
        assert.equal(refused, 20000);
        assert.equal(sh('systemctl is-active labgate.socket').trim(), 'active');
        for (const light of held)
                await light.echo();
        await closeAll(held);
        setMaxConnections(null);
        await closeAll(await open(1, add({})));
        await noUnits();
}, 120000);
