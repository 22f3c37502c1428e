// SPDX-License-Identifier: LGPL-2.1-or-later
// A session in use after its seal asks the kernel for nothing that the seal takes away: not by chance, not ever. Ten
// seconds of everything that a person does, a minute with LABGATE_TEST_LONG.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { after, test } from 'node:test';
import { Client, Guacamole, sleep, until } from './client.mjs';
import { noUnits, sessionPids } from './light.mjs';
import { PORTS, STATE, format, newToken, sh, ssh, write } from './lab.mjs';

const SECONDS = process.env.LABGATE_TEST_LONG ? 60 : 10;
const TRACE = `${process.env.LABGATE_TEST_ARTEFACTS ?? '/tmp'}/trace`;
const CARD = sh('dirname /usr/lib/*/labgate/ssh.so').trim() + '/testcard.so';
const FORBIDDEN = /^(open|openat|openat2|creat|execve|execveat|connect|socket|socketpair|bind|accept4?|clone3?|v?fork)$/;

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
        const down = await comeUp();
        try {
                await use(client);
                await client.end(60000);
        } finally {
                await client.close().catch(() => {});
                down();
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
        assert.deepEqual(lines.filter(line => / = -1 (EPERM|EACCES|ENOSYS)|SIGSYS|killed by/.test(line)), []);
        assert.ok(lines.some(line => /exit_group\(0\)/.test(line)), 'a clean end is in it, too');
}

test('ssh', { timeout: (SECONDS + 90) * 1000 }, async t => {
        fs.writeFileSync('/home/training/many', `${'\x1b[1;3;4;31mbold \x1b[0;48;5;200mcolours \x1b[38;2;1;2;3m' +
                'ÄÖ 漢字 한글 😀 ﷽ ∑ ┌─┐ ▓▒░ ⠿ e\u0301 \x1b[0m\x1b]2;title\x07\x1b]52;c;YWJj\x07\x1b[6n\n'}`.repeat(300));
        const token = write(newToken(), format(ssh({ port: PORTS.late, wait: 20, timeout: 2, allow_clipboard_write: true,
                                                     server_alive_interval: 1 })));
        check(t, await traced(token, () => {
                sh(`systemd-run --quiet --unit=sshd-late /usr/sbin/sshd -D -e -f /dev/null -o Port=${PORTS.late} ` +
                   `-o ListenAddress=127.0.0.1 -o HostKey=${STATE}/host-2201 -o PidFile=none -o RekeyLimit=1M`);
                return () => sh('systemctl stop sshd-late');
        }, async client => {
                await client.prompt();
                await client.quiet();
                const { client: stock } = client;
                const deadline = Date.now() + SECONDS * 1000;
                for (let i = 0; Date.now() < deadline; i++) {
                        client.type('cat many; ls -l --color=always /usr/lib | head -n 50; clear\n');
                        client.paste(`echo pasted ${'ü😀'.repeat(500)} > /dev/null\n`);
                        stock.sendSize(600 + i % 7 * 100, 400 + i % 5 * 100);
                        for (const mask of [true, true, false])
                                stock.sendMouseState(new Guacamole.Mouse.State(50 + i * 7 % 300, 60 + i % 200, mask));
                        stock.sendMouseState(new Guacamole.Mouse.State(50, 60, false, false, false, i % 2 === 0, i % 2 === 1));
                        const writer = new Guacamole.StringWriter(stock.createArgumentValueStream('text/plain',
                                i % 2 ? 'font-size' : 'color-scheme'));
                        writer.sendText(i % 2 ? String(9 + i % 8) : ['white-black', 'green-black', 'black-white'][i % 3]);
                        writer.sendEnd();
                        await sleep(250);
                }
                client.type('\x03\nexit\n');
        }));
});

test('testcard', { timeout: (SECONDS + 90) * 1000 }, async t => {
        fs.copyFileSync(`${process.env.LABGATE_TEST_BUILD}/plugins/testcard/testcard.so`, CARD);
        const token = write(newToken(), format({ name: 'card', protocol: 'testcard', hostname: '127.0.0.1', port: PORTS.late,
                                                 wait: 20, timeout: 2 }));
        let upstream;
        check(t, await traced(token, () => {
                const server = net.createServer(socket => { upstream = socket; }).listen(PORTS.late, '127.0.0.1');
                return () => { upstream?.destroy(); server.close(); };
        }, async client => {
                await until('the upstream', () => upstream);
                await client.picture();
                const deadline = Date.now() + SECONDS * 1000;
                for (let i = 0; Date.now() < deadline; i++) {
                        client.type('k');
                        client.client.sendMouseState(new Guacamole.Mouse.State(i * 5 % 900, i * 3 % 600, true));
                        client.client.sendSize(600 + i % 9 * 50, 500);
                        client.paste('abc'.repeat(i % 3000));
                        upstream.write('mtc');
                        await sleep(100);
                }
                upstream.write('e');
        }));
});
