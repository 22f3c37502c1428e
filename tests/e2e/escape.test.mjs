// SPDX-License-Identifier: LGPL-2.1-or-later
// A lab machine that has taken over its session gains nothing: the probe plugin (tests/hostile) in the real unit tries
// everything that it can think of, before the seal and behind it, against the machine and against a second session.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Client, until } from './client.mjs';
import { PORTS, add, format, newToken, sh, write } from './lab.mjs';

const UNIT = 'labgate@.service';
const DROP_IN = `/run/systemd/system/${UNIT}.d`;
const plugins = sh('dirname /usr/lib/*/labgate/ssh.so').trim();

// What only the seal takes away, each with what it is worth to an attacker without it.
const UNTIL_SEALED = new Map([
        ['before processes run the dynamic loader', 'the libraries need it; what it starts has the same nothing'],
]);

const PROBES = ['probe', 'probethreads']; // sealed as ssh is, and as vnc and rdp are
const probeLab = settings => write(newToken(), format({
        name: 'probe', protocol: 'probe', hostname: '127.0.0.1', port: PORTS.mute, ...settings }));

async function probe(settings) {
        const client = new Client(probeLab(settings));
        const report = await client.alive('the report', () => client.clipboard);
        await client.close();
        const lines = report.trim().split('\n').map(line => line.match(/^((before|after) \w+ .*): (allowed|errno (\d+))$/));
        assert.ok(lines.every(Boolean), report);
        return lines.map(([, name, phase, result]) => ({ name, phase, allowed: result === 'allowed', result }));
}

const unexpected = results => results.filter(r => r.allowed && !UNTIL_SEALED.has(r.name)).map(r => r.name);

function dropIn(text) {
        if (text === null)
                fs.rmSync(DROP_IN, { recursive: true, force: true });
        else {
                fs.mkdirSync(DROP_IN, { recursive: true });
                fs.writeFileSync(`${DROP_IN}/weaker.conf`, `[Service]\n${text}\n`);
        }
        sh('systemctl daemon-reload');
}

before(() => {
        for (const name of PROBES)
                fs.copyFileSync(`${process.env.LABGATE_TEST_BUILD}/tests/hostile/${name}.so`, `${plugins}/${name}.so`);
});
after(() => {
        dropIn(null);
        for (const name of PROBES)
                fs.rmSync(`${plugins}/${name}.so`);
});

for (const protocol of PROBES)
        test(`nothing is gained against the machine: ${protocol}`, { timeout: 30000 }, () => machine(protocol));

for (const protocol of PROBES)
        test(`nothing is gained against another session: ${protocol}`, { timeout: 30000 }, () => session(protocol));

async function machine(protocol) {
        const results = await probe({ protocol });
        for (const phase of ['before', 'after'])
                assert.ok(results.filter(r => r.phase === phase).length >= 45, `${results.length} attempts`);
        assert.deepEqual(unexpected(results), []);
        assert.deepEqual(results.filter(r => r.phase === 'after' && r.allowed), []);
}

async function session(protocol) {
        const victim = new Client(add());
        await victim.prompt();
        const target = Number(sh('systemctl show "labgate@*" -p MainPID --value').match(/^[1-9]\d*$/m)[0]);
        const results = (await probe({ protocol, target })).filter(r => / target /.test(r.name));
        assert.ok(results.length >= 24, `${results.length} attempts`);
        assert.deepEqual(unexpected(results), []);
        const before = victim.count('sync');
        victim.type('x');
        await until('the victim still lives', () => victim.count('sync') > before);
        await victim.close();
}

// A probe that would not notice is none.
for (const [directive, weaker, gained] of [
        ['PrivateNetwork', 'PrivateNetwork=no\nRestrictAddressFamilies=\nIPAddressDeny=', 'before sockets make a TCP socket'],
        ['RestrictAddressFamilies', 'RestrictAddressFamilies=', 'before sockets make a netlink socket'],
        ['RootDirectory', 'RootDirectory=', 'before files read /etc/passwd'],
        ['SystemCallFilter', 'SystemCallFilter=', 'before kernel add a key'],
        ['MemoryDenyWriteExecute', 'MemoryDenyWriteExecute=no', 'before kernel map memory to write and execute'],
        ['LimitNPROC', 'LimitNPROC=infinity\nTasksMax=infinity', 'before processes fork without end'],
        ['RestrictNamespaces', 'RestrictNamespaces=no\nSystemCallFilter=', 'before kernel new user namespace'],
])
        test(`the probe sees that ${directive}= is missing`, { timeout: 30000 }, async () => {
                dropIn(weaker);
                try {
                        assert.ok(unexpected(await probe()).includes(gained), gained);
                } finally {
                        dropIn(null);
                }
        });

test('one session cannot signal another only because their users differ', { timeout: 30000 }, async () => {
        dropIn('User=labgate-all');
        const victim = new Client(add());
        await victim.prompt();
        try {
                const target = Number(sh('systemctl show "labgate@*" -p MainPID --value').match(/^[1-9]\d*$/m)[0]);
                const seen = unexpected(await probe({ target }));
                assert.ok(seen.includes('before target signal it'), seen.join(', '));
        } finally {
                await victim.close().catch(() => {});
                dropIn(null);
        }
});

test('systemd-analyze security is satisfied', () => {
        for (const [unit, most] of [['labgate@x.service', 5], ['labgate-porter.service', 20]])
                sh(`systemd-analyze security --no-pager --threshold=${most} ${unit}`);
});
