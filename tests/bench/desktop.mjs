// SPDX-License-Identifier: LGPL-2.1-or-later
// One desktop session on loopback, measured from the browser's place: painter.c shows scenes on the lab machine, a
// client that draws nothing answers every sync at once. "lag" is from when the lab machine began to paint a picture to
// when all of it was here. Prints one JSON object per line of the table.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { load } from '../e2e/npm.mjs';
import { format, newToken, read, sh, write } from '../e2e/lab.mjs';
import { cpuSeconds, memory, middle, percentiles, processes, queuedSeconds, report, round, sleep } from './costs.mjs';
import { replay } from './picture.mjs';

const WebSocket = load('ws');
const ONLY = process.env.LABGATE_TEST_ONLY ?? '';
const PAINTER = `${process.env.LABGATE_TEST_BUILD}/tests/bench/painter`;
const SECONDS = Number(process.env.LABGATE_TEST_SECONDS ?? 10);
const STAMPS = '/var/tmp/labgate-bench-stamps';
const MOVES = '/var/tmp/labgate-bench-moves';
const LINE = 8081;

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname.replace(/\/$/, '');
const clock = () => Number(process.hrtime.bigint()) / 1e6;
const text = value => `${String(value).length}.${value}`;
const children = [];

function start(command, args, env = {}) {
        const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'], env: { ...process.env, ...env } });
        children.push(child);
        return child;
}

// ---- lab machines ----

const vncs = {};

async function vnc(width, height) {
        const display = 11 + Object.keys(vncs).length;
        const machine = vncs[`${width}x${height}`] ??= {
                width, height, server: /\/Xtigervnc$/, environment: { DISPLAY: `:${display}` }, port: 5900 + display,
                child: start('Xtigervnc', [`:${display}`, '-rfbport', String(5900 + display), '-localhost', '-SecurityTypes', 'None',
                                           '-geometry', `${width}x${height}`, '-depth', '24', '-AlwaysShared', '-Log', '*:stderr:0']),
        };
        while (!fs.existsSync(`/tmp/.X11-unix/X${machine.port - 5900}`))
                await sleep(50);
        machine.lab = settings => write(newToken(), format({
                name: 'desktop', protocol: 'vnc', hostname: '127.0.0.1', port: machine.port, ...settings }));
        return machine;
}

// The X server is only there once somebody has logged in.
async function rdp(width, height) {
        sh(`${here}/../e2e/rdp-machines`);
        const machine = { width, height, server: /\/(Xorg|xrdp)$/, environment: { XAUTHORITY: '/home/training/.Xauthority' } };
        machine.lab = settings => write(newToken(), format({
                name: 'desktop', protocol: 'rdp', hostname: '127.0.0.1', port: 3390, username: 'training',
                password: 'canary-password-7d1f', cert_fingerprints: [read('rdp-xrdp')], ...settings }));
        machine.ready = async () => {
                const written = '/home/training/rdp-desktop';
                while (!(fs.existsSync(written) && fs.statSync(written).size))
                        await sleep(100);
                machine.environment.DISPLAY = fs.readFileSync(written, 'utf8').trim();
        };
        return machine;
}

// ---- the browser's place ----

class Session {
        constructor(machine, { port = 8080, settings = {} } = {}) {
                this.records = [];
                this.bytes = this.frames = 0;
                this.began = clock();
                this.at = {};
                this.socket = new WebSocket(`ws://127.0.0.1:${port}/labgate/ws?token=${machine.lab(settings)}&width=${machine.width}` +
                                            `&height=${machine.height}&dpi=96&image=image/png&image=image/jpeg&image=image/webp`,
                                            'guacamole', { perMessageDeflate: false });
                this.socket.on('open', () => {
                        this.at.upgrade ??= clock() - this.began;
                        this.ping = setInterval(() => this.socket.send(`0.,4.ping,${text(Date.now())};`), 500);
                });
                this.socket.on('error', error => { this.error = error; });
                this.socket.on('close', () => clearInterval(this.ping));
                this.socket.on('message', data => this.message(data.toString('latin1')));
        }

        message(message) {
                const at = clock();
                this.bytes += message.length;
                this.records.push({ at, text: message });
                this.last = at;
                if (message.startsWith('5.error,'))
                        this.error = new Error(message);
                this.drawn ||= message.includes('3.img,');
                for (let i = message.indexOf('4.sync,'); i >= 0; i = message.indexOf('4.sync,', i + 1)) {
                        const [, stamp] = /^4\.sync,(\d+\.\d+)/.exec(message.slice(i, i + 40));
                        this.socket.send(`4.sync,${stamp};`);
                        this.frames++;
                        if (this.drawn)
                                this.at.frame ??= at - this.began;
                }
        }

        move(x, y) {
                this.socket.send(`5.mouse,${text(x)},${text(y)},1.0;`);
        }

        async picture() {
                while (this.at.frame === undefined) {
                        if (this.error)
                                throw this.error;
                        if (clock() - this.began > 20000)
                                throw new Error('no picture within 20 s');
                        await sleep(5);
                }
        }

        async quiet(ms) {
                while (clock() - this.last < ms)
                        await sleep(10);
        }

        close() {
                clearInterval(this.ping);
                this.socket.terminate();
        }
}

async function open(machine, options) {
        const session = new Session(machine, options);
        await session.picture();
        await machine.ready?.();
        await session.quiet(300);
        return session;
}

async function painting(machine, scene, rate, body) {
        const child = start(PAINTER, [scene, String(rate), STAMPS], machine.environment);
        try {
                await sleep(2500);
                if (child.exitCode !== null)
                        throw new Error(`painter ended with ${child.exitCode}`);
                return await body();
        } finally {
                child.kill();
                await sleep(300);
        }
}

// When each number was painted, by clock().
function stamps() {
        const bytes = fs.readFileSync(STAMPS);
        return number => Number(bytes.readBigUInt64LE(8 * number)) / 1e6;
}

// How many were painted between two times: fewer than asked for where the machine is too busy for the painter itself.
function countPainted(from, to) {
        const bytes = fs.readFileSync(STAMPS);
        let n = 0;
        for (let i = 0; i < bytes.length; i += 8) {
                const at = Number(bytes.readBigUInt64LE(i)) / 1e6;
                n += at >= from && at < to;
        }
        return n;
}

// The first frame that shows a number, of those that came between two times.
function shown(states, painted, from, to) {
        const seen = new Set();
        const lags = [];
        let torn = 0;
        let unread = 0;
        for (const { at, number, lower } of states) {
                if (at < from || at >= to)
                        continue;
                if (number === null || lower === null)
                        unread++;
                else if (number !== lower)
                        torn++;
                const whole = Math.min(number ?? 0, lower ?? 0);
                if (whole > 0 && !seen.has(whole)) {
                        seen.add(whole);
                        lags.push(at - painted(whole));
                }
        }
        return { n: seen.size, lags, torn, unread };
}

async function costs(machine, body) {
        const pids = processes();
        const servers = processes(machine.server);
        const all = [...pids, ...servers];
        const before = { cpu: cpuSeconds(pids), server: cpuSeconds(servers), queued: queuedSeconds(all), at: clock() };
        await body();
        const seconds = (clock() - before.at) / 1000;
        return { cpu: round(cpuSeconds(pids) - before.cpu), server_cpu: round(cpuSeconds(servers) - before.server),
                 queued_cores: round((queuedSeconds(all) - before.queued) / seconds) };
}

// ---- the cases ----

async function scene(machine, name, rate, options) {
        const session = await open(machine, options);
        try {
                return await painting(machine, name, rate, async () => {
                        const [from, bytes, frames] = [clock(), session.bytes, session.frames];
                        const spent = await costs(machine, () => sleep(SECONDS * 1000));
                        const to = clock();
                        const seconds = (to - from) / 1000;
                        const mb = round((session.bytes - bytes) / 1e6);
                        const { states, counts } = await replay(session.records, machine.width, machine.height);
                        const { n, lags, torn, unread } = shown(states, stamps(), from, to);
                        const { p50, p95 } = percentiles(lags);
                        return { painted: round(countPainted(from, to) / seconds, 1), shown_per_second: round(n / seconds, 1), p50, p95,
                                 cores: round(spent.cpu / seconds), server_cores: round(spent.server_cpu / seconds), ms_a_frame: round(spent.cpu * 1000 / Math.max(n, 1), 1), queued_cores: spent.queued_cores, mb,
                                 mbit_per_second: round(mb * 8 / seconds, 1), frames: session.frames - frames, torn, unread, ...counts };
                });
        } finally {
                session.close();
        }
}

async function mouse(machine) {
        const session = await open(machine);
        try {
                const lags = await painting(machine, 'turn', 30, async () => {
                        const child = start(PAINTER, ['watch', '0', MOVES], machine.environment);
                        await sleep(500);
                        const sent = [];
                        const began = clock();
                        while (clock() - began < SECONDS * 1000) {
                                while (sent.length < (clock() - began) / 2) {
                                        session.move(100 + sent.length % 1000, 100 + Math.floor(sent.length / 1000));
                                        sent.push(clock());
                                }
                                await sleep(1);
                        }
                        await sleep(1000);
                        child.kill();
                        return lagsOfMoves(sent);
                });
                return { ...percentiles(lags.values), of: lags.sent, arrived: lags.arrived };
        } finally {
                session.close();
        }
}

// Moves may be merged: one has arrived when it or a later one has.
function lagsOfMoves(sent) {
        const values = [];
        const seen = fs.readFileSync(MOVES, 'utf8').trim().split('\n').map(line => line.split(' ').map(Number))
                .map(([at, x, y]) => ({ at: at / 1e6, i: (y - 100) * 1000 + x - 100 })).filter(m => m.at > sent[0]);
        let next = 0;
        for (const { at, i } of seen)
                for (; next <= i && next < sent.length; next++)
                        values.push(at - sent[next]);
        return { values, sent: sent.length, arrived: seen.length };
}

// What a person does shows in the picture: the pointer's place is part of it.
async function line(machine, mbit, ms) {
        const relay = start(`${here}/line`, [String(LINE), '8080', String(mbit), String(ms)]);
        await sleep(500);
        const session = await open(machine, { port: LINE });
        try {
                return await painting(machine, 'turn', 30, async () => {
                        const moves = [];
                        await sleep(3000);
                        const [from, bytes] = [clock(), session.bytes];
                        const spent = await costs(machine, async () => {
                                for (let i = 0; i < SECONDS * 5; i++) {
                                        moves.push({ at: clock(), x: 100 + i * 7 });
                                        session.move(100 + i * 7, 300);
                                        await sleep(150 + i * 37 % 100);
                                }
                        });
                        const to = clock();
                        const came = session.bytes - bytes;
                        await sleep(1000);
                        const { states } = await replay(session.records, machine.width, machine.height);
                        const { n, lags } = shown(states, stamps(), from, to);
                        const delays = moves.map(({ at, x }) => states.find(s => s.at > at && s.pointer >= x && s.pointer < x + 50)?.at - at);
                        const { p50, p95, max } = percentiles(delays.filter(d => !Number.isNaN(d)));
                        const seconds = (to - from) / 1000;
                        return { p50, p95, max, missed: delays.filter(Number.isNaN).length, shown_per_second: round(n / seconds, 1),
                                 lag_p95: percentiles(lags).p95, cpu: spent.cpu, mbit_per_second: round(came * 8e-6 / seconds, 1) };
                });
        } finally {
                session.close();
                relay.kill();
        }
}

// upgrade: nginx, systemd's spawn and sandbox; frame: the first picture; prompt: all of it.
async function connect(machine, runs) {
        const times = [];
        for (let i = 0; i < runs; i++) {
                const session = new Session(machine);
                await session.picture();
                await session.quiet(400);
                times.push({ ...session.at, prompt: session.last - session.began, mb: session.bytes / 1e6 });
                session.close();
                await machine.ready?.();
                await sleep(200);
        }
        const of = name => round(middle(times.map(t => t[name])), 1);
        return { upgrade_ms: of('upgrade'), frame_ms: of('frame'), prompt_ms: of('prompt'), mb: round(middle(times.map(t => t.mb))) };
}

async function idle(machine) {
        const session = await open(machine);
        await sleep(5000);
        const now = memory();
        const pids = processes();
        const before = cpuSeconds(pids);
        await sleep(5000);
        const cpu = round(cpuSeconds(pids) - before, 3);
        session.close();
        return { ...now, cpu };
}

// A page that does not read for a minute while everything moves.
async function stuck(machine) {
        const session = await open(machine);
        try {
                return await painting(machine, 'turn', 30, async () => {
                        const sizes = [];
                        const watch = async seconds => {
                                for (let i = 0; i < seconds * 2; i++) {
                                        sizes.push(memory().pss_mib);
                                        await sleep(500);
                                }
                                return Math.max(...sizes.splice(0));
                        };
                        const before = await watch(5);
                        session.socket._socket.pause();
                        const during = await watch(60);
                        session.socket._socket.resume();
                        const resumed = clock();
                        await sleep(4000);
                        const painted = stamps();
                        const { states } = await replay(session.records, machine.width, machine.height);
                        const right = states.find(s => s.at >= resumed && s.number > 0 && s.number === s.lower && s.at - painted(s.number) < 300);
                        return { pss_mib: before, growth_mib: round(during - before), right_after_ms: right ? round(right.at - resumed, 0) : null };
                });
        } finally {
                session.close();
        }
}

const small = () => vnc(1280, 800);
const large = () => vnc(1920, 1080);
const desk = () => rdp(1280, 800);
// What else a lab can ask its lab machine for; measured only when named.
const asked = {
        raw: { encodings: 'copyrect raw' }, hextile: { encodings: 'copyrect hextile raw' }, zrle: { encodings: 'copyrect zrle raw' },
        tight: { encodings: 'copyrect tight raw' }, 'tight-0': { encodings: 'copyrect tight raw', compress_level: 0 },
        'tight-q9': { encodings: 'copyrect tight raw', quality_level: 9 }, 'tight-q8': { encodings: 'copyrect tight raw', quality_level: 8 },
        'tight-q6': { encodings: 'copyrect tight raw', quality_level: 6 },
};
const cases = {
        'vnc-connect': async () => connect(await small(), 11),
        'vnc-idle': async () => idle(await small()),
        'vnc-turn': async () => scene(await small(), 'turn', 30),
        'vnc-turn-1080': async () => scene(await large(), 'turn', 30),
        'vnc-ball': async () => scene(await small(), 'ball', 30),
        'vnc-ball-1080': async () => scene(await large(), 'ball', 30),
        'vnc-film': async () => scene(await small(), 'film', 30),
        'vnc-scroll': async () => scene(await small(), 'scroll', 30),
        'vnc-drag': async () => scene(await small(), 'drag', 60),
        'vnc-mouse': async () => mouse(await small()),
        'vnc-line-20-20': async () => line(await small(), 20, 20),
        'vnc-line-20-40': async () => line(await small(), 20, 40),
        'vnc-stuck': async () => stuck(await small()),
        ...Object.fromEntries(Object.entries(asked).map(([name, settings]) => [
                `vnc-asked-${name}`, async () => scene(await small(), 'turn', 30, { settings })])),
        // Without the codecs with loss: bitmaps.
        ...Object.fromEntries(['turn', 'film', 'scroll', 'drag'].map(name => [
                `rdp-asked-bitmaps-${name}`, async () => scene(await desk(), name, name === 'drag' ? 60 : 30, { settings: { color_depth: 24 } })])),
        'rdp-connect': async () => connect(await desk(), 5),
        'rdp-idle': async () => idle(await desk()),
        'rdp-turn': async () => scene(await desk(), 'turn', 30),
        'rdp-film': async () => scene(await desk(), 'film', 30),
        'rdp-scroll': async () => scene(await desk(), 'scroll', 30),
        'rdp-drag': async () => scene(await desk(), 'drag', 60),
        'rdp-mouse': async () => mouse(await desk()),
};

for (const [name, body] of Object.entries(cases)) {
        if (!name.includes(ONLY) || (name.includes('asked') && !ONLY.includes('asked')))
                continue;
        try {
                report(name, await body());
        } catch (error) {
                report(name, { error: String(error.message ?? error).slice(0, 300) });
        }
        await sleep(300);
}
for (const child of children.reverse())
        child.kill('SIGKILL');
process.exit(0);
