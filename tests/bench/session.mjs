// SPDX-License-Identifier: LGPL-2.1-or-later
// One ssh session on loopback, measured from the browser's place: a client that draws nothing and answers every sync at
// once. Prints one JSON object per line of the table.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { load } from '../e2e/npm.mjs';
import { PORTS, STATE, add } from '../e2e/lab.mjs';
import { cpuSeconds, memory, middle, percentiles, processes, report, round, sleep } from './costs.mjs';
import { spawns } from './spawn.mjs';

const WebSocket = load('ws');
const URL_BASE = process.env.LABGATE_TEST_URL ?? 'ws://127.0.0.1:8080/labgate/ws';
// Straight to a session that systemd-socket-activate starts: no nginx, no unit, no sandbox.
const BARE_BASE = 'ws+unix:/run/labgate-bare.sock:/ws';
const INPUTS = process.env.LABGATE_TEST_INPUTS;
const ONLY = process.env.LABGATE_TEST_ONLY ?? '';
const DONE = '/home/training/bench-done';
const SIZE = 'width=1000&height=664&dpi=96';

class Session {
        constructor(token, base = URL_BASE) {
                this.bytes = this.frames = this.messages = 0;
                this.began = performance.now();
                this.at = {};
                this.waiters = [];
                this.socket = new WebSocket(`${base}?token=${token}&${SIZE}&image=image/png&image=image/jpeg`,
                                            'guacamole', { perMessageDeflate: false });
                this.socket.on('open', () => this.mark('upgrade'));
                this.socket.on('error', error => { this.error = error; });
                this.socket.on('message', data => this.message(data.toString('latin1')));
        }

        mark(name) {
                this.at[name] ??= performance.now() - this.began;
        }

        message(text) {
                this.mark('uuid');
                this.bytes += text.length;
                this.messages++;
                if (text.includes('5.error,'))
                        this.error = new Error(text);
                this.named ||= text.includes('4.name,5.ready;');
                this.drawn ||= text.includes('3.img,');
                for (const [, stamp] of text.matchAll(/4\.sync,(\d+\.\d+)/g)) {
                        this.socket.send(`4.sync,${stamp};`);
                        this.frames++;
                        this.mark('frame');
                        if (this.drawn)
                                this.shown();
                }
        }

        // A frame with a picture in it has arrived.
        shown() {
                if (this.named)
                        this.mark('prompt');
                this.drawn = false;
                this.last = performance.now();
                for (const waiter of this.waiters.splice(0))
                        waiter(this.last);
        }

        // The next picture.
        picture() {
                return new Promise((resolve, reject) => {
                        const timer = setTimeout(() => reject(this.error ?? new Error('no picture within 10 s')), 10000);
                        this.waiters.push(value => { clearTimeout(timer); resolve(value); });
                });
        }

        // The prompt of the shell, which names the window as well.
        async prompt() {
                while (!this.at.prompt) {
                        if (this.error)
                                throw this.error;
                        await this.picture();
                }
        }

        key(keysym) {
                const text = String(keysym);
                this.socket.send(`3.key,${text.length}.${text},1.1;3.key,${text.length}.${text},1.0;`);
        }

        type(text) {
                for (const character of text)
                        this.key(character === '\n' ? 0xFF0D : character.charCodeAt(0));
        }

        async quiet(ms) {
                for (let before = -1; before !== this.messages;) {
                        before = this.messages;
                        await sleep(ms);
                }
        }

        close() {
                this.socket.terminate();
        }
}

async function open() {
        const session = new Session(add({}));
        await session.prompt();
        await session.quiet(300);
        return session;
}

// ---- what it costs ----

async function costs(session, body) {
        const pids = processes();
        const before = { cpu: cpuSeconds(pids), bytes: session.bytes, frames: session.frames, at: performance.now() };
        await body();
        const seconds = ((session.last ?? performance.now()) - before.at) / 1000;
        const frames = session.frames - before.frames;
        return { seconds: round(seconds), cpu: round(cpuSeconds(pids) - before.cpu),
                 mb: round((session.bytes - before.bytes) / 1e6), frames, frames_per_second: round(frames / seconds, 1) };
}

async function command(session, text) {
        fs.rmSync(DONE, { force: true });
        session.type(`clear; ${text}; touch ${DONE}\n`);
        while (!fs.existsSync(DONE)) {
                if (session.error)
                        throw session.error;
                await sleep(5);
        }
        await session.quiet(200);
}

// ---- the cases ----

const ssh = (...words) => ['-p', String(PORTS.ssh), '-i', `${STATE}/key`, '-o', 'StrictHostKeyChecking=no', '-o', 'LogLevel=ERROR',
                           '-o', 'UserKnownHostsFile=/dev/null', 'training@127.0.0.1', ...words];

// upgrade: nginx, systemd's spawn and sandbox; frame: the plugin draws; prompt: sshd, login and the shell, too.
async function connect(name, base) {
        const runs = [];
        for (let i = 0; i < 21; i++) {
                const session = new Session(add({}), base);
                await session.prompt();
                runs.push(session.at);
                session.close();
                await sleep(150);
        }
        const times = Object.fromEntries(['upgrade', 'uuid', 'frame', 'prompt'].map(
                mark => [`${mark}_ms`, round(middle(runs.map(run => run[mark])), 1)]));
        report(name, times);
}

// The same machine's own client, to the same sshd: how much of it is not ours.
function openssh() {
        const times = [];
        for (let i = 0; i < 9; i++) {
                const began = performance.now();
                execFileSync('ssh', ssh('true'));
                times.push(performance.now() - began);
        }
        report('openssh', { prompt_ms: round(middle(times), 1) });
}

async function keys(rate) {
        const session = await open();
        session.type('clear; stty -icanon; cat > /dev/null\n');
        await session.quiet(300);
        const times = [];
        for (let i = 0; i < 300; i++) {
                const began = performance.now();
                const shown = session.picture();
                session.key(97 + i % 26);
                times.push(await shown - began);
                await sleep(Math.max(0, 1000 / rate - (performance.now() - began)));
        }
        session.close();
        report(`keys-${rate}`, percentiles(times));
}

async function flood(name, text) {
        const session = await open();
        report(name, await costs(session, () => command(session, text)));
        session.close();
}

// The floor: the same bytes by OpenSSH's own client, into nothing.
async function floor() {
        const began = performance.now();
        const child = spawn('sh', ['-c', `ssh ${ssh(`cat ${INPUTS}/cat`).map(w => `'${w}'`).join(' ')} > /dev/null; times`]);
        let out = '';
        child.stdout.on('data', data => { out += data; });
        await new Promise(resolve => child.on('close', resolve));
        const [user, system] = out.trim().split('\n')[1].split(' ').map(t => {
                const [, minutes, seconds] = /(\d+)m([\d.]+)s/.exec(t);
                return Number(minutes) * 60 + Number(seconds);
        });
        report('floor', { seconds: round((performance.now() - began) / 1000), cpu: round(user + system) });
}

async function idle() {
        const session = await open();
        await sleep(2000);
        const now = memory();
        const before = cpuSeconds();
        await sleep(5000);
        report('idle', { ...now, cpu: round(cpuSeconds() - before, 3) });
        session.close();
}

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname.replace(/\/$/, '');
const cases = {
        connect: () => connect('connect', URL_BASE), 'connect-bare': () => connect('connect-bare', BARE_BASE), openssh,
        'keys-20': () => keys(20), 'keys-30': () => keys(30), idle, floor,
        cat: () => flood('cat', `cat ${INPUTS}/cat`),
        yes: () => flood('yes', 'yes | head -n 2000000'),
        listing: () => flood('listing', `cat ${INPUTS}/listing`),
        regions: () => flood('regions', `cat ${INPUTS}/regions`),
        reverse: () => flood('reverse', `cat ${INPUTS}/reverse`),
        unicode: () => flood('unicode', `cat ${INPUTS}/unicode`),
        screen: () => flood('screen', `/usr/bin/python3 ${here}/screen.py changes`),
        paging: () => flood('paging', `/usr/bin/python3 ${here}/screen.py pages`),
        ...Object.fromEntries(Object.entries(spawns).map(([name, body]) => [name, async () => report(name, await body())])),
};

for (const [name, body] of Object.entries(cases)) {
        if (!name.includes(ONLY))
                continue;
        try {
                await body();
        } catch (error) {
                report(name, { error: String(error.message ?? error).slice(0, 200) });
        }
        await sleep(300);
}
process.exit(0);
