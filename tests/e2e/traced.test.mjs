// SPDX-License-Identifier: LGPL-2.1-or-later
// A session in use after its seal asks the kernel for nothing that the seal takes away: not by chance, not ever. Ten
// seconds of everything that a person does, a minute with LABGATE_TEST_LONG.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Client, Guacamole, sleep, until } from './client.mjs';
import { noUnits, sessionPids } from './light.mjs';
import { PORTS, STATE, format, newToken, sh, ssh, write } from './lab.mjs';

const SECONDS = process.env.LABGATE_TEST_LONG ? 60 : 10;
const TRACE = `${process.env.LABGATE_TEST_ARTEFACTS ?? '/tmp'}/trace`;
const CARD = sh('dirname /usr/lib/*/labgate/ssh.so').trim() + '/testcard.so';
const FORBIDDEN = /^(open|openat|openat2|creat|execve|execveat|connect|socket|socketpair|bind|accept4?|v?fork)$/;

before(() => fs.copyFileSync(`${process.env.LABGATE_TEST_BUILD}/plugins/testcard/testcard.so`, CARD));
after(() => fs.rmSync(CARD, { force: true }));

// What a session called after it was sealed, as [call, rest of the line].
async function traced(token, comeUp, use) {
        const client = new Client(token, { image: 'image/webp' });
        // Its lab machine is not up yet: the seal is still to come.
        await until('the process', () => sessionPids().length === 1);
        await until('the plugin', () => client.names.length > 0);
        fs.rmSync(TRACE, { force: true });
        const strace = spawn('strace', ['-f', '-qq', '-s', '0', '-o', TRACE, '-p', String(sessionPids()[0])]);
        await until('strace', () => fs.existsSync(TRACE) && fs.statSync(TRACE).size > 0);
        const machine = await comeUp();
        try {
                await use(client, machine);
                await client.end(60000);
        } finally {
                await client.close().catch(() => {});
                machine.down();
                strace.kill('SIGINT');
        }
        await noUnits();
        const lines = fs.readFileSync(TRACE, 'utf8').trim().split('\n');
        const seal = lines.findIndex(line => /seccomp\(SECCOMP_SET_MODE_FILTER.*\) = 0|PR_SET_SECCOMP.*\) = 0/.test(line));
        assert.ok(seal > 0, 'the seal is in the trace');
        return lines.slice(seal + 1);
}

function check(t, lines) {
        const counts = new Map();
        for (const line of lines) {
                const call = /^\d+ +(?:<\.\.\. )?(\w+)/.exec(line)?.[1] ?? line;
                counts.set(call, (counts.get(call) ?? 0) + 1);
        }
        t.diagnostic(`${lines.length} calls after the seal: ` +
                     [...counts].sort((a, b) => b[1] - a[1]).map(([call, n]) => `${call} ${n}`).join(', '));
        assert.deepEqual(lines.filter(line => FORBIDDEN.test(/^\d+ +(\w+)\(/.exec(line)?.[1])), []);
        // clone3() is refused on purpose where threads may begin: glibc takes clone(), whose flags the seal sees.
        assert.deepEqual(lines.filter(line => / = -1 (EPERM|EACCES|ENOSYS)|SIGSYS|killed by/.test(line) &&
                                      !/ clone3\(.* ENOSYS /.test(line)), []);
        assert.ok(lines.some(line => /exit_group\(0\)/.test(line)), 'a clean end is in it, too');
}

// The account's sshd comes up late.
function lateSshd() {
        sh(`systemd-run --quiet --unit=sshd-late /usr/sbin/sshd -D -e -f /dev/null -o Port=${PORTS.late} ` +
           `-o ListenAddress=127.0.0.1 -o HostKey=${STATE}/host-2201 -o PidFile=none -o RekeyLimit=1M`);
        return { down: () => sh('systemctl stop sshd-late') };
}

// What every page can do, whatever the plugin makes of it.
function person(client, i) {
        const { client: stock } = client;
        stock.sendSize(600 + i % 7 * 100, 400 + i % 5 * 100);
        for (const mask of [true, true, false])
                stock.sendMouseState(new Guacamole.Mouse.State(50 + i * 7 % 300, 60 + i % 200, mask));
        stock.sendMouseState(new Guacamole.Mouse.State(50, 60, false, false, false, i % 2 === 0, i % 2 === 1));
        client.paste(`echo pasted ${'ü😀'.repeat(i % 7 * 100)} > /dev/null\n`);
}

function setArgument(client, name, value) {
        const writer = new Guacamole.StringWriter(client.client.createArgumentValueStream('text/plain', name));
        writer.sendText(value);
        writer.sendEnd();
}

// A plugin each: its lab on a machine that is not there yet, how that comes up (with a way down again), the wait for it,
// a moment's use, and how the lab machine ends it.
const plugins = {
        ssh: {
                lab: () => ssh({ allow_clipboard_write: true, server_alive_interval: 1 }),
                comeUp() {
                        fs.writeFileSync('/home/training/many', `${'\x1b[1;3;4;31mbold \x1b[0;48;5;200mcolours \x1b[38;2;1;2;3m' +
                                'ÄÖ 漢字 한글 😀 ﷽ ∑ ┌─┐ ▓▒░ ⠿ e\u0301 \x1b[0m\x1b]2;title\x07\x1b]52;c;YWJj\x07\x1b[6n\n'}`.repeat(300));
                        return lateSshd();
                },
                ready: client => client.prompt(),
                use(client, i) {
                        client.type('cat many; ls -l --color=always /usr/lib | head -n 50; clear\n');
                        setArgument(client, 'font-size', String(9 + i % 8));
                        setArgument(client, 'color-scheme', ['white-black', 'green-black', 'black-white'][i % 3]);
                },
                end: client => client.type('\x03\nexit\n'),
        },
        testcard: {
                lab: () => ({ name: 'card', protocol: 'testcard', hostname: '127.0.0.1' }),
                comeUp() {
                        const machine = {};
                        const server = net.createServer(socket => { machine.socket = socket; }).listen(PORTS.late, '127.0.0.1');
                        return Object.assign(machine, { down: () => { machine.socket?.destroy(); server.close(); } });
                },
                async ready(client, machine) {
                        await until('the upstream', () => machine.socket);
                        await client.picture();
                },
                use(client, i, { socket }) {
                        client.type('k');
                        socket.write('mtc');
                },
                end: (client, { socket }) => socket.write('e'),
        },
};

for (const [name, plugin] of Object.entries(plugins))
        test(name, { timeout: (SECONDS + 90) * 1000 }, async t => {
                const token = write(newToken(), format({ ...plugin.lab(), port: PORTS.late, wait: 20, timeout: 2 }));
                check(t, await traced(token, plugin.comeUp, async (client, machine) => {
                        await plugin.ready(client, machine);
                        await client.quiet();
                        const deadline = Date.now() + SECONDS * 1000;
                        for (let i = 0; Date.now() < deadline; i++) {
                                person(client, i);
                                plugin.use(client, i, machine);
                                await sleep(200);
                        }
                        plugin.end(client, machine);
                }));
        });
