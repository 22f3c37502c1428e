// SPDX-License-Identifier: LGPL-2.1-or-later
// Many sessions at once, and many after one another: what one costs, what PID 1 keeps of those that are gone. The full
// numbers (200 at once, 2,000 after one another) with LABGATE_TEST_LONG.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { Light, SOCKET_BASE, closeAll, middle, noUnits, round, sessionPids, sleep, units } from './light.mjs';
import { add, sh } from './lab.mjs';

const LONG = Boolean(process.env.LABGATE_TEST_LONG);
const AT_ONCE = LONG ? 200 : 40;
const IN_TURN = LONG ? 2000 : 80;
const BEFORE = LONG ? 100 : 40; // fill PID 1's caches
const IDLE_SECONDS = LONG ? 10 : 3;
const PSS_MAX_KIB = 4096;
const KEPT_MAX_KIB = 1024; // by PID 1

const field = (pid, file, name) =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/${file}`, 'utf8'))[1]);
const cpuMs = pids => pids.reduce((sum, pid) =>
        sum + Number(fs.readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0);
const managerKib = () => field(1, 'smaps_rollup', 'Private_Dirty') + field(1, 'smaps_rollup', 'Private_Clean');
const mounts = () => fs.readFileSync('/proc/1/mountinfo', 'utf8').trim().split('\n').length;
// What is in /run; the journal is there as well, and the transient units of other tests are not ours.
const files = () => sh('find /run -xdev -not -path "/run/log/*" -not -path "/run/systemd/transient/*" ' +
                       '-not -path "/run/systemd/units/*" -not -path "/run/labgate/labs/*" | sort').split('\n');

test(`${AT_ONCE} ssh sessions at once`, { timeout: 240000 }, async t => {
        const token = add({ name: 'many', max_sessions: 500 });
        const all = [];
        const began = performance.now();
        while (all.length < AT_ONCE) {
                const some = Array.from({ length: 10 }, () => new Light(token));
                await Promise.all(some.map(light => light.prompt(60000)));
                all.push(...some);
        }
        t.diagnostic(`${AT_ONCE} at their prompt after ${round((performance.now() - began) / 1000)} s`);
        await sleep(2000);
        const pids = sessionPids();
        assert.equal(pids.length, AT_ONCE);
        const pss = pids.map(pid => field(pid, 'smaps_rollup', 'Pss'));
        t.diagnostic(`PSS per session: half below ${middle(pss)} KiB, the largest ${Math.max(...pss)} KiB`);
        assert.ok(middle(pss) < PSS_MAX_KIB);
        const [before, from] = [cpuMs(pids), performance.now()];
        await sleep(IDLE_SECONDS * 1000);
        const used = cpuMs(pids) - before;
        const share = used / (performance.now() - from) * 100;
        t.diagnostic(`idle: ${round(used)} ms of CPU for all in ${IDLE_SECONDS} s, ${round(share, 2)} % of one CPU`);
        assert.ok(share < AT_ONCE * 0.1, `${round(share, 2)} %`);
        for (const light of all)
                await light.echo();
        await closeAll(all);
        await noUnits(60000);
});

async function turn(n, token) {
        for (let done = 0; done < n; done += 4)
                await Promise.all([1, 2, 3, 4].map(async () => {
                        const light = new Light(token, { base: SOCKET_BASE });
                        await light.prompt(30000);
                        await light.close();
                }));
        await noUnits(30000);
}

test(`${IN_TURN} sessions in turn leave nothing behind`, { timeout: 900000 }, async t => {
        const token = add({ name: 'turn', max_sessions: 500 });
        await turn(BEFORE, token);
        const before = { kib: managerKib(), mounts: mounts(), files: files() };
        const began = performance.now();
        await turn(IN_TURN, token);
        const after = { kib: managerKib(), mounts: mounts(), files: files() };
        t.diagnostic(`${round(IN_TURN / (performance.now() - began) * 1000)} sessions a second from connect to prompt to end, ` +
                     `4 at a time; PID 1: ${before.kib} -> ${after.kib} KiB`);
        assert.ok(after.kib - before.kib < KEPT_MAX_KIB);
        assert.equal(after.mounts, before.mounts);
        assert.deepEqual(after.files.filter(file => !before.files.includes(file)), []);
        assert.deepEqual(units(), []);
        assert.equal(sh('systemctl list-units --failed --plain --no-legend').trim(), '');
});
