// SPDX-License-Identifier: LGPL-2.1-or-later
// What an rdp lab plays is heard: from a program of the account through xrdp's sound channel to the page, each frame.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Client, Guacamole, sleep, until } from './client.mjs';
import { Browser } from './page.mjs';
import { sh } from './lab.mjs';
import { begun, during, machines, withXrdp, xrdp } from './rdp.mjs';

const here = new URL('.', import.meta.url).pathname;
const HEARS = { audio: 'audio/L16' };
const MSEC = 700;
const [RATE, WAVE, CHUNK] = [44100, 441, 2048]; // as rdp-play has them

// On Debian 13 the channel server of xrdp 0.10 dies when, after something was played, somebody comes without sound;
// every later connection then takes ten seconds.
const skip = !sh('xrdp --version').includes('xrdp 0.9.') && 'xrdp 0.10 does not survive a page without sound';
const it = (name, body) => test(name, { timeout: 60000, skip }, body);

before(() => skip || machines());

// How many frames were played; null if the lab machine has no channel for them.
async function play() {
        const answer = (await during(`${here}/rdp-play $DISPLAY ${MSEC} || echo "status $?"`, MSEC + 5000)).trim();
        assert.match(answer, /^(\d+|status 3)$/);
        return answer === 'status 3' ? null : Number(answer);
}

// A page that is behind loses sound on purpose, and this machine may be busy: of three times one is heard whole.
async function once(hearing) {
        for (let i = 0; i < 2; i++)
                try {
                        return await hearing();
                } catch (error) {
                        if (!/not within/.test(error.message))
                                throw error;
                }
        return hearing();
}

async function listen(settings, parameters, body) {
        const c = new Client(xrdp(settings), parameters);
        await begun();
        await c.alive('a desktop', () => c.count('img') > 1 && c.names.length > 1);
        await sleep(1000); // xrdp offers its channels after the desktop
        try {
                await body(c);
        } finally {
                await c.close();
        }
}

const streams = c => c.instructions.filter(([opcode]) => opcode === 'audio').map(([, , type]) => type);

// A player that keeps what it is given.
function hear(c) {
        const parts = [];
        c.client.onaudio = stream => {
                new Guacamole.ArrayBufferReader(stream).ondata = part => parts.push(Buffer.from(part));
                return { sync() {} };
        };
        return () => Buffer.concat(parts);
}

it('every frame', () => listen({}, HEARS, async c => {
        const hearing = hear(c);
        const { frames, sound } = await once(async () => {
                const before = hearing().length;
                const frames = await play();
                const heard = () => hearing().subarray(before);
                assert.ok(frames > MSEC * RATE / 1000 - CHUNK, `${frames} frames`);
                await until('the last frame', () => heard().length >= frames * 4, 3000);
                await sleep(200);
                return { frames, sound: heard() };
        });
        assert.deepEqual(streams(c), [`audio/L16;rate=${RATE},channels=2`]);
        assert.equal(sound.length, frames * 4);
        let crossings = 0;
        for (let i = 0; i < frames; i++) {
                assert.equal(sound.readInt16LE(i * 4 + 2), i % 0x8000, `frame ${i}`);
                crossings += i > 0 && sound.readInt16LE(i * 4) * sound.readInt16LE(i * 4 - 4) < 0;
        }
        assert.equal(crossings, Math.floor((frames - 1) / (RATE / WAVE / 2)), 'the pitch');
}));

for (const [name, settings, parameters] of [['a page that plays none', {}, {}],
                                            ['a lab that shall be silent', { disable_audio: true }, HEARS]])
        it(`no sound: ${name}`, () => listen(settings, parameters, async c => {
                assert.equal(await play(), null, 'not even a channel');
                await c.quiet();
                assert.deepEqual(streams(c), []);
        }));

// In node the stock client has no player and says so.
it('a page that refuses the stream is not played at', () => listen({}, HEARS, async c => {
        await play();
        assert.equal(streams(c).length, 1);
        const before = c.count('blob');
        assert.ok(await play() > 0);
        await sleep(200);
        assert.deepEqual([streams(c).length, c.count('blob')], [1, before]);
}));

// What the stock client hands to the browser, in seconds of each rate.
function hook() {
        window.played = {};
        const stock = AudioContext.prototype.createBuffer;
        AudioContext.prototype.createBuffer = function (channels, frames, rate) {
                const of = `${channels} x ${rate}`;
                window.played[of] = (window.played[of] ?? 0) + frames / rate;
                return stock.call(this, channels, frames, rate);
        };
}

it('in Chromium', async () => {
        const browser = await Browser.start();
        try {
                await withXrdp(browser, {}, {}, async page => {
                        await page.tab.evaluate(hook);
                        const all = async () => (await page.tab.evaluate(() => window.played))[`2 x ${RATE}`] ?? 0;
                        await once(async () => {
                                const before = await all();
                                const frames = await play();
                                const seconds = async () => await all() - before;
                                // The stock player keeps what comes behind the last moment at which it may cut.
                                await until('the sound', async () => await seconds() > frames / RATE - 0.1, 3000);
                                assert.ok(await seconds() <= frames / RATE + 0.1);
                        });
                });
        } finally {
                await browser.stop();
        }
});
