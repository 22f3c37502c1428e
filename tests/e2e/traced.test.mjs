// SPDX-License-Identifier: LGPL-2.1-or-later
// A session in use after its seal asks the kernel for nothing that the seal takes away: not by chance, not ever. Six
// seconds of everything that a person does, a minute with LABGATE_TEST_LONG.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Client, Guacamole, sleep, until } from './client.mjs';
import { noUnits, sessionPids } from './light.mjs';
import { PORTS, STATE, format, newToken, read, sh, ssh, write } from './lab.mjs';

const SECONDS = process.env.LABGATE_TEST_LONG ? 60 : 6;
const TRACE = `${process.env.LABGATE_TEST_ARTEFACTS ?? '/tmp'}/trace`;
const CARD = sh('dirname /usr/lib/*/labgate/ssh.so').trim() + '/testcard.so';
const FREERDP_3 = fs.existsSync('/usr/bin/freerdp-shadow-cli3'); // Debian 13
const CONNECTED = 'de5cb0426ca440a4978f57187c755efb'; // in the journal
const FORBIDDEN = /^(open|openat|openat2|creat|execve|execveat|connect|socket|socketpair|bind|accept4?|v?fork)$/;

// Of everything that a terminal shows, a line.
const MANY = '\x1b[1;3;4;31mbold \x1b[0;48;5;200mcolours \x1b[38;2;1;2;3mÄÖ 漢字 한글 😀 ﷽ ∑ ┌─┐ ▓▒░ ⠿ e\u0301 ' +
        '\x1b[0m\x1b]2;title\x07\x1b]52;c;YWJj\x07\x1b[6n\n';

before(() => fs.copyFileSync(`${process.env.LABGATE_TEST_BUILD}/plugins/testcard/testcard.so`, CARD));
after(() => fs.rmSync(CARD, { force: true }));

const traceLines = () => fs.readFileSync(TRACE, 'utf8').trim().split('\n');

// Calls that others interrupted in two lines are put together, in the place of the first; the second's place is empty.
function whole(lines) {
        const begun = new Map();
        const out = [...lines];
        lines.forEach((line, i) => {
                const [, pid, rest] = /^(\d+) +(.*)$/.exec(line) ?? [];
                const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
                if (rest?.endsWith(' <unfinished ...>'))
                        begun.set(pid, i);
                else if (resumed && begun.has(pid)) {
                        out[begun.get(pid)] = out[begun.get(pid)].replace(/ <unfinished \.\.\.>$/, resumed[1]);
                        out[i] = '';
                        begun.delete(pid);
                }
        });
        return out;
}

// What a session called after it was sealed, as lines; and how many of them until it was ready.
async function traced(token, plugin) {
        const client = new Client(token, { image: 'image/webp' });
        // Its lab machine is not up yet: the seal is still to come.
        await until('the process', () => sessionPids().length === 1);
        await until('the plugin', () => client.names.length > 0);
        fs.rmSync(TRACE, { force: true });
        const strace = spawn('strace', ['-f', '-qq', '-s', '0', '-o', TRACE, '-p', String(sessionPids()[0])]);
        await until('strace', () => fs.existsSync(TRACE) && fs.statSync(TRACE).size > 0);
        const machine = await plugin.comeUp();
        let ready = 0;
        try {
                await plugin.ready(client, machine);
                await client.quiet();
                ready = traceLines().length;
                const deadline = Date.now() + SECONDS * 1000;
                for (let i = 0; Date.now() < deadline; i++) {
                        person(client, i);
                        plugin.use(client, i, machine);
                        await sleep(200);
                }
                plugin.end(client, machine);
                await client.end(60000);
                await noUnits();
        } finally {
                await client.close().catch(() => {});
                machine.down();
                strace.kill('SIGINT');
        }
        const lines = whole(traceLines());
        const seal = lines.findIndex(line => /SECCOMP_SET_MODE_FILTER.*\) = 0|PR_SET_SECCOMP.*\) = 0/.test(line));
        assert.ok(seal > 0 && ready > seal, 'the seal is in the trace');
        return { lines: lines.slice(seal + 1), ready: ready - seal };
}

// Of lines those that ask for what a sealed session does not get. clone3() is refused on purpose where threads may
// begin: glibc takes clone(), whose flags the seal sees. What rt_sigreturn() shows is no result of its own but that of
// the call the signal came after.
const harmless = / clone3\(.* ENOSYS | rt_sigreturn\(/;
const wrong = lines => lines.filter(line => FORBIDDEN.test(/^\d+ +(\w+)\(/.exec(line)?.[1]) ||
        (/ = -1 (EPERM|EACCES|ENOSYS)|SIGSYS|killed by/.test(line) && !harmless.test(line)));

function check(t, { lines, ready }, { inVain = [], inVainInUse = [] }) {
        const known = names => line => / = -1 EPERM/.test(line) &&
                names.some(name => line.includes(`"${name}"`) || line.includes(` ${name}(`));
        const counts = new Map();
        for (const line of lines.filter(Boolean)) {
                const call = /^\d+ +(\w+)/.exec(line)?.[1] ?? line;
                counts.set(call, (counts.get(call) ?? 0) + 1);
        }
        t.diagnostic(`${lines.length} calls after the seal: ` +
                     [...counts].sort((a, b) => b[1] - a[1]).map(([call, n]) => `${call} ${n}`).join(', '));
        assert.deepEqual(wrong(lines.slice(ready)).filter(line => !known(inVainInUse)(line)), [], 'in use');
        const early = wrong(lines.slice(0, ready));
        t.diagnostic(`${early.length} refused while connecting`);
        assert.deepEqual(early.filter(line => !known(inVain)(line)), [], 'while connecting');
        assert.ok(lines.some(line => /exit_group\(0\)/.test(line)), 'a clean end is in it, too');
}

// The account's sshd comes up late.
function lateSshd() {
        sh(`systemd-run --quiet --unit=sshd-late /usr/sbin/sshd -D -e -f /dev/null -o Port=${PORTS.late} ` +
           `-o ListenAddress=127.0.0.1 -o HostKey=${STATE}/host-2201 -o PidFile=none -o RekeyLimit=1M`);
        return { down: () => sh('systemctl stop sshd-late') };
}

// A program that begins late, and its end.
function late(name, command, environment = '') {
        sh(`systemd-run --quiet --unit=${name} ${environment} ${command}`);
        return () => sh(`systemctl stop ${name} 2>/dev/null || true`);
}

// Of a desktop nobody can say what its first picture is; the journal knows when it is there.
const desktop = client => until('the desktop', () => sh('journalctl --sync; journalctl -b -o cat ' +
        `MESSAGE_ID=${CONNECTED} LABGATE_SESSION=${client.tunnel.uuid}`), 20000);

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

// A plugin each: what it needs beforehand, its lab on a machine that is not there yet, how that comes up (with a way
// down again), the wait for it, a moment's use, how the lab machine ends it, and what its library asks for in vain.
const plugins = {
        ssh: {
                lab: () => ssh({ allow_clipboard_write: true, server_alive_interval: 1 }),
                comeUp() {
                        fs.writeFileSync('/home/training/many', MANY.repeat(300));
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
                        const server = net.createServer(socket => { machine.socket = socket; });
                        server.listen(PORTS.late, '127.0.0.1');
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
        vnc: {
                lab: () => ({ name: 'screen', protocol: 'vnc', hostname: '127.0.0.1', security: 'none' }),
                comeUp() {
                        const stop = late('vnc-late', `Xvnc :20 -rfbport ${PORTS.late} -localhost ` +
                                          '-SecurityTypes None -geometry 800x600');
                        const quit = late('xterm-late', 'xterm -geometry 80x24+20+20',
                                          '--setenv=DISPLAY=:20 -p Restart=on-failure -p RestartSec=200ms');
                        return { stop, down: () => { quit(); stop(); } };
                },
                ready: desktop,
                use: client => client.type('ls -l --color=always /usr/lib | head -n 50\n'),
                end: (client, { stop }) => stop(),
        },
        rdp: {
                // FreeRDP looks for these at every connection and does without.
                inVain: ['/etc/winpr/HKLM.reg', '/etc/localtime', '/etc/timezone', '/etc/TZ', '/proc/stat',
                         '/sys/devices/system/cpu/online', ...FREERDP_3 ? ['/etc', 'sched_setparam'] : []],
                // Version 3 counts processors later as well.
                inVainInUse: FREERDP_3 ? ['/proc/stat', '/sys/devices/system/cpu/online'] : [],
                prepare: () => sh(`${new URL('.', import.meta.url).pathname}/rdp-machines`),
                lab: () => ({ name: 'screen', protocol: 'rdp', hostname: '127.0.0.1', username: 'training',
                              password: 'canary-password-7d1f', cert_fingerprints: [read('rdp-shadow')] }),
                comeUp() {
                        const work = `${STATE}/rdp`;
                        // Debian 13 has FreeRDP's version in its name.
                        const shadow = sh('command -v freerdp-shadow-cli || command -v freerdp-shadow-cli3').trim();
                        const stop = late('rdp-late', `${shadow} /port:${PORTS.late} /sec:nla ` +
                                          `/bind-address:127.0.0.1 /sam-file:${work}/sam`,
                                          `--setenv=HOME=${work} --setenv=DISPLAY=:8`);
                        return { stop, down: stop };
                },
                ready: desktop,
                use: client => client.type('written by hand\n'),
                end: (client, { stop }) => stop(),
        },
};

for (const [name, plugin] of Object.entries(plugins))
        test(name, { timeout: (SECONDS + 90) * 1000 }, async t => {
                plugin.prepare?.();
                const token = write(newToken(), format({ ...plugin.lab(), port: PORTS.late, wait: 20, timeout: 2 }));
                check(t, await traced(token, plugin), plugin);
        });
