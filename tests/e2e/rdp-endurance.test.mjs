// SPDX-License-Identifier: LGPL-2.1-or-later
// Somebody works in an rdp lab: types, moves windows, reads, copies, listens, resizes. The session's memory and threads
// stay what they were. Six seconds of it; with LABGATE_TEST_LONG ten minutes, and reconnections.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { before, test } from 'node:test';
import { Client, Guacamole, sleep, until } from './client.mjs';
import { sessionPids } from './light.mjs';
import { begun, during, inside, machines, place, start, xrdp } from './rdp.mjs';

const here = new URL('.', import.meta.url).pathname;
const LONG = process.env.LABGATE_TEST_LONG;
const [SECONDS, WARM, STEP] = LONG ? [600, 60, 60] : [6, 3, 3];
const GROWTH_MAX = 10 * 1024; // KiB
const SIZES = [[1024, 768], [1280, 900], [800, 600]];
const TITLE = 'moved';

before(machines);

async function furnish() {
        const stops = [start('openbox')];
        await until('the window manager', () => inside('xprop -root _NET_SUPPORTING_WM_CHECK').includes('window id'));
        stops.push(start(`xterm -T ${TITLE} -sl 2000 -geometry 60x16+350+110 -e ` +
                         '"while sleep 0.2; do seq -f %012.0f 1 40; done"'));
        await until('the window', () => inside('xwininfo -root -tree').includes(`"${TITLE}"`));
        return () => stops.reverse().forEach(stop => stop());
}

class Person {
        constructor(settings) {
                this.c = new Client(xrdp(settings), { audio: 'audio/L16' });
                this.c.client.onaudio = () => ({ sync() {} });
        }

        mouse(x, y, ...buttons) {
                this.c.client.sendMouseState(new Guacamole.Mouse.State(Math.round(x), Math.round(y), ...buttons));
        }

        click(x, y) {
                this.mouse(x, y, true);
                this.mouse(x, y, false);
        }

        type() {
                this.click(100, 200);
                this.c.type('ls -l --color=always /usr/lib | head -n 40\n');
        }

        async move() {
                const { x, y, width } = place(TITLE);
                const [left, top] = [x + width / 2, y - 8];
                const way = x > 250 ? -150 : 150;
                this.mouse(left, top);
                this.mouse(left, top, true);
                for (let i = 1; i <= 15; i++) {
                        this.mouse(left + way * i / 15, top + way * i / 30, true);
                        await sleep(15);
                }
                this.mouse(left + way, top + way / 2, false);
        }

        read(i) {
                for (let k = 0; k < 6; k++) {
                        this.mouse(150, 150, false, false, false, i % 2 === 0, i % 2 === 1);
                        this.mouse(150, 150);
                }
        }

        copy(i) {
                this.c.paste(`from the page ${i} ${'ü😀'.repeat(i % 7 * 500)}`);
                inside(`printf "from the lab %s %3000s" ${i} | ` +
                       'timeout 2 xclip -selection clipboard -i > /dev/null 2>&1');
        }

        listen() {
                return during(`${here}/rdp-play $DISPLAY 500 || true`, 5000);
        }

        resize(i) {
                this.c.client.sendSize(...SIZES[i % SIZES.length]);
        }

        // What comes is only counted, or it would be this process that grows.
        forget() {
                this.seen = (this.seen ?? 0) + this.c.instructions.splice(0).length;
        }

        async work(i) {
                await [() => this.type(), () => this.move(), () => this.read(i), () => this.copy(i)][i % 4]();
                if (i % 12 === 11)
                        this.resize(i / 12 | 0);
                if (i % 60 === 59)
                        await this.listen();
                this.forget();
                await sleep(150);
        }
}

// In KiB, once all is quiet and of the first size again.
async function measure(t, person, pid, label) {
        person.resize(0);
        await sleep(1500);
        const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
        const [rss, pss, dirty] = ['Rss', 'Pss', 'Private_Dirty'].map(name =>
                Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)[1]));
        const threads = fs.readdirSync(`/proc/${pid}/task`).length;
        t.diagnostic(`${label}: Rss ${rss}, Pss ${pss}, Private_Dirty ${dirty} KiB, ${threads} threads`);
        return { rss, pss, threads };
}

function compare(first, last) {
        for (const what of ['rss', 'pss'])
                assert.ok(last[what] - first[what] <= GROWTH_MAX, `${what} from ${first[what]} to ${last[what]} KiB`);
        assert.equal(last.threads, first.threads, 'threads');
}

async function at(settings, body) {
        const person = new Person(settings);
        await begun();
        await person.c.alive('a desktop', () => person.c.count('img') > 1 && person.c.names.length > 1);
        const clear = await furnish();
        try {
                const [pid, ...others] = sessionPids();
                assert.deepEqual(others, []);
                await body(person, pid);
        } finally {
                clear();
                await person.c.close();
        }
}

test('in use', { timeout: (SECONDS + 60) * 1000 }, t => at({}, async (person, pid) => {
        const from = performance.now();
        const seconds = () => (performance.now() - from) / 1000;
        let i = 0, first;
        for (let until = WARM; until <= SECONDS; until += STEP) {
                for (; seconds() < until; i++)
                        await person.work(i);
                assert.deepEqual(person.c.errors, []);
                const now = await measure(t, person, pid, `after ${Math.round(seconds())} s, ${i} deeds, ` +
                                                          `${person.seen} instructions`);
                compare(first ??= now, now);
        }
        assert.ok(person.seen > SECONDS * 20, `${person.seen} instructions came`);
}));

// More often than a porter allows: all of them are followed in the end, and the session lives.
test('reconnected for each size', { timeout: 180000, skip: !LONG && 'in the long form' }, t =>
        at({ resize_method: 'reconnect' }, async (person, pid) => {
                const reconnect = async n => {
                        for (let i = 1; i <= n; i++) {
                                const before = person.c.count('size');
                                person.resize(i);
                                await person.c.alive('the new size', () => person.c.count('size') > before, 20000);
                                await sleep(500);
                        }
                };
                await reconnect(3);
                const first = await measure(t, person, pid, 'after 3 reconnections');
                await reconnect(6);
                compare(first, await measure(t, person, pid, 'after 9 reconnections'));
        }));

test('pulled at for a while', { timeout: 60000, skip: !LONG && 'in the long form' }, () =>
        at({ resize_method: 'reconnect' }, async person => {
                const [width, height] = [900, 700];
                for (let i = 0; i < 30; i++) {
                        person.c.client.sendSize(width - i * 4 + 116, height);
                        await sleep(160);
                }
                await person.c.alive('the last size', () =>
                        inside('xwininfo -root').includes(`Width: ${width}`), 30000);
        }));
