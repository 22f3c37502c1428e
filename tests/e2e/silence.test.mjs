// SPDX-License-Identifier: LGPL-2.1-or-later
// Browsers that are silent: one that is gone ends its session after 90 seconds, one that only looks so, as a hidden tab
// does, keeps it. Needs the whole 90 seconds, so only with LABGATE_TEST_LONG.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from './client.mjs';
import { Light, round } from './light.mjs';
import { add, sh } from './lab.mjs';
import { Browser } from './page.mjs';

const DEAD_MS = 90000; // SESSION_DEAD_USEC
const ENDED = 'd5890309bfe04fd8a83c7f37876c90f3';
const options = { timeout: 200000, concurrency: true, skip: !process.env.LABGATE_TEST_LONG && 'takes 2 minutes: LABGATE_TEST_LONG' };

test('silent browsers', options, async t => {
        await Promise.all([
                // As after a broken network: nothing is read, nothing answered, no end of stream.
                t.test('one that is gone', async t => {
                        const light = new Light(add({ name: 'gone' }));
                        await light.prompt();
                        await sleep(500);
                        light.socket.pause();
                        const began = performance.now();
                        let record;
                        while (!record && performance.now() - began < DEAD_MS + 30000) {
                                await sleep(500);
                                record = sh(`journalctl -b -o json MESSAGE_ID=${ENDED} LABGATE_LAB=gone || true`).trim();
                        }
                        const took = performance.now() - began;
                        t.diagnostic(`ended after ${round(took / 1000)} s`);
                        assert.equal(JSON.parse(record).LABGATE_STATUS, '0x0308');
                        assert.ok(took > DEAD_MS - 2000 && took < DEAD_MS + 5000, `${round(took)} ms`);
                        light.socket.terminate();
                }),
                // What the network stack of a browser does alone while no script runs.
                t.test('one that answers pings and nothing else', async () => {
                        const light = new Light(add({ name: 'quiet' }));
                        await light.prompt();
                        light.message = () => {};
                        await sleep(DEAD_MS + 20000);
                        assert.equal(light.at.close, undefined);
                        delete light.message;
                        await light.echo();
                        await light.close();
                }),
                t.test('a frozen tab', async () => {
                        const browser = await Browser.start();
                        try {
                                const page = await browser.open(add({ name: 'frozen' }));
                                await page.prompt();
                                const control = await page.tab.context().newCDPSession(page.tab);
                                await control.send('Page.setWebLifecycleState', { state: 'frozen' });
                                await sleep(DEAD_MS + 20000);
                                await control.send('Page.setWebLifecycleState', { state: 'active' });
                                await sleep(3000);
                                assert.equal(await page.state(), 'connected');
                                assert.deepEqual(await page.tab.evaluate(() => window.closes), []);
                                const before = await page.hash();
                                await page.enter('echo back again');
                                assert.notEqual(await page.hash(), before);
                                assert.equal(sh(`journalctl -b -o json MESSAGE_ID=${ENDED} LABGATE_LAB=frozen || true`), '');
                        } finally {
                                await browser.stop();
                        }
                }),
        ]);
});
