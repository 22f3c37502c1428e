// SPDX-License-Identifier: LGPL-2.1-or-later
// What starting a session costs: from connect to the first byte one after another, and how many begin in a second.
// Beside it the same service manager with a unit that only says one byte, and the session without its sandbox: the
// difference is the price of the sandbox, whatever the machine is like.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';

const UNITS = '/run/systemd/system';
const SESSION = '/usr/libexec/labgate/session';
// A token that opens nothing is enough for the upgrade, which is what the first byte is of.
const HEAD = 'GET /ws?token=none HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
        'Sec-WebSocket-Protocol: guacamole\r\n\r\n';
const IN_TURN = 41;
const IN_ALL = 200;
const AT_ONCE = 8;

const sh = command => execFileSync('sh', ['-c', command], { encoding: 'utf8' });
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

// Connects, waits for a byte, leaves; how long that took.
function once(path) {
        return new Promise((resolve, reject) => {
                const began = performance.now();
                const socket = net.connect(path);
                socket.write(HEAD);
                socket.once('data', () => {
                        resolve(performance.now() - began);
                        socket.destroy();
                });
                socket.once('error', reject);
                socket.once('close', () => reject(new Error(`${path}: closed without a byte`)));
        });
}

function unit(name, service) {
        fs.writeFileSync(`${UNITS}/${name}.socket`, `[Socket]\nListenStream=/run/${name}.sock\nAccept=yes\n` +
                'MaxConnections=500\nBacklog=512\nTriggerLimitIntervalSec=0\n');
        fs.writeFileSync(`${UNITS}/${name}@.service`, `[Unit]\nCollectMode=inactive-or-failed\n[Service]\n${service}\n`);
        sh(`systemctl daemon-reload; systemctl start ${name}.socket`);
        return { path: `/run/${name}.sock`, pattern: `${name}@*` };
}

async function gone(pattern) {
        while (sh(`systemctl list-units --all --plain --no-legend '${pattern}'`).trim())
                await sleep(50);
}

// Of PID 1 and all that it has reaped: the whole of what was started, whatever else the machine is doing.
function cpuMs() {
        const fields = fs.readFileSync('/proc/1/stat', 'utf8').split(') ')[1].split(' ');
        return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}

async function measure({ path, pattern }) {
        const times = [];
        for (let i = 0; i < IN_TURN; i++) {
                times.push(await once(path));
                await sleep(50);
        }
        times.sort((a, b) => a - b);
        await gone(pattern);
        const [began, cpuBefore] = [performance.now(), cpuMs()];
        let left = IN_ALL;
        await Promise.all(Array.from({ length: AT_ONCE }, async () => {
                while (left-- > 0)
                        await once(path);
        }));
        const seconds = (performance.now() - began) / 1000;
        await gone(pattern);
        return { first_byte_ms: Number(times[IN_TURN >> 1].toFixed(1)), starts_per_second: Number((IN_ALL / seconds).toFixed(1)),
                 cpu_ms: Number(((cpuMs() - cpuBefore) / IN_ALL).toFixed(1)) };
}

export const spawns = {
        'spawn-nothing': () => measure(unit('spawn-nothing', 'ExecStart=/bin/echo x\nStandardInput=null\nStandardOutput=socket')),
        'spawn-bare': () => measure(unit('spawn-bare', `Type=notify\nNotifyAccess=main\nExecStart=${SESSION}`)),
        spawn: () => measure({ path: '/run/labgate/session.sock', pattern: 'labgate@*' }),
};
