// SPDX-License-Identifier: LGPL-2.1-or-later
// rdp labs against real servers, in the real unit and in Chromium: FreeRDP's shadow server with NLA, and xrdp.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Client, sleep, until } from './client.mjs';
import { add as addAny, read, sh } from './lab.mjs';
import { Browser } from './page.mjs';

const here = new URL('.', import.meta.url).pathname;
let browser;

before(async () => {
        sh(`${here}/rdp-machines`);
        browser = await Browser.start();
});
after(() => browser.stop());

const it = (name, body) => test(name, { timeout: 60000 }, body);

const PASSWORD = 'canary-password-7d1f';
const common = { protocol: 'rdp', username: 'training', password: PASSWORD, private_key: undefined, host_key: undefined };
const shadow = settings => addAny({ ...common, port: 3391, cert_fingerprints: [read('rdp-shadow')], ...settings });
const xrdp = settings => addAny({ ...common, port: 3390, cert_fingerprints: [read('rdp-xrdp')], ...settings });

async function withPage(token, options, body) {
        const page = await browser.open(token, options);
        try {
                await page.connected();
                await until('a desktop', async () => (await page.look()).colours > 8);
                await page.quiet();
                await body(page);
                assert.deepEqual(page.troubles, [], 'no error on the page');
        } finally {
                await page.close();
        }
}

it('a screen by NLA', () => withPage(shadow(), {}, async page => {
        await page.shot('rdp-shadow');
        const { width, height } = await page.look();
        assert.deepEqual([width, height], [1024, 768]);
}));

it('a desktop of xrdp', () => withPage(xrdp(), {}, async page => {
        await sleep(2000);
        await page.shot('rdp-xrdp');
        await page.tab.mouse.click(100, 450);
        await page.enter('Hello, World! {[~@#]}');
        await sleep(500);
        await page.shot('rdp-xrdp-2');
        assert.equal(fs.readFileSync('/home/training/rdp-typed', 'utf8'), 'Hello, World! {[~@#]}\n');
}));
