// SPDX-License-Identifier: LGPL-2.1-or-later
// What processes cost, and what is made of many measured values.

import fs from 'node:fs';

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
export const round = (x, digits = 2) => Number(x.toFixed(digits));
export const report = (name, values) => console.log(JSON.stringify({ name, ...values }));

export function processes(pattern = /\/labgate\/(session|porter)$/) {
        return fs.readdirSync('/proc').filter(pid => {
                try {
                        return pattern.test(fs.readlinkSync(`/proc/${pid}/exe`));
                } catch {
                        return false;
                }
        });
}

function schedulerSeconds(pids, field) {
        let sum = 0;
        for (const pid of pids)
                for (const task of fs.readdirSync(`/proc/${pid}/task`))
                        sum += Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[field]);
        return sum / 1e9;
}

export const cpuSeconds = (pids = processes()) => schedulerSeconds(pids, 0);

// For which they would have run, had others not.
export const queuedSeconds = pids => schedulerSeconds(pids, 1);

// Of the one session that runs.
export function memory() {
        const [pid] = processes(/\/labgate\/session$/);
        const field = (file, name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/${file}`, 'utf8'))[1]);
        return { pss_mib: round(field('smaps_rollup', 'Pss') / 1024), private_mib: round(
                (field('smaps_rollup', 'Private_Dirty') + field('smaps_rollup', 'Private_Clean')) / 1024),
                 threads: field('status', 'Threads') };
}

export const percentiles = values => {
        if (values.length === 0)
                return { p50: null, p95: null, p99: null, max: null };
        const sorted = [...values].sort((a, b) => a - b);
        const at = p => round(sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * p) - 1)]);
        return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
};

export const middle = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
