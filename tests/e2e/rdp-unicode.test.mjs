// SPDX-License-Identifier: LGPL-2.1-or-later
// Characters that no layout has, typed into an rdp lab that takes them: as key events, by an input method, from a
// picker. xrdp takes none, neither Debian 12's nor 13's; rdp-peer does.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Client, until } from './client.mjs';
import { add, sh } from './lab.mjs';
import { Browser } from './page.mjs';
import { PASSWORD, machines } from './rdp.mjs';

const PEER = `${process.env.LABGATE_TEST_BUILD}/tests/e2e/rdp-peer`;
const WORK = '/var/lib/labgate-test/rdp';
const LOG = `${WORK}/peer-log`;
const PORT = 3395;
const RELEASE = 0x8000;
const ENTER = 0x1c;
let peer;

before(async () => {
        machines();
        peer = spawn(PEER, [PORT, `${WORK}/xrdp.pem`, `${WORK}/xrdp.key`, LOG], { stdio: 'inherit' });
        await until('the peer', () => sh(`ss -Hltn 'sport = :${PORT}'`));
});
after(() => peer.kill());

const it = (name, body) => test(name, { timeout: 30000 }, body);

const lab = settings => add({ protocol: 'rdp', username: 'training', password: PASSWORD, port: PORT,
                              private_key: undefined, host_key: undefined,
                              ca: fs.readFileSync(`${WORK}/xrdp.pem`, 'utf8'), ...settings });
const lines = () => fs.readFileSync(LOG, 'utf8').split('\n').filter(Boolean);
const activations = () => lines().filter(line => line === 'active').length;

// What the peer is told of until Enter is released: [kind, flags, code].
async function told(before, body) {
        await until('activation', () => activations() > before);
        const begun = lines().length;
        await body();
        const events = () => lines().slice(begun).map(line => {
                const [kind, ...numbers] = line.split(' ');
                return [kind, ...numbers.map(n => parseInt(n, 16))];
        });
        await until('Enter', () => events().some(([kind, flags, code]) =>
                kind === 'scancode' && flags & RELEASE && code === ENTER));
        return events().filter(([kind, , code]) => kind !== 'scancode' || code !== ENTER);
}

// Each unit of UTF-16 is pressed and released before the next.
const units = text => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
        .flatMap(unit => [['unicode', 0, unit], ['unicode', RELEASE, unit]]);
const keys = codes => codes.flatMap(code => [['scancode', 0, code], ['scancode', RELEASE, code]]);
const plain = events => events.map(([kind, flags, code]) => [kind, flags & RELEASE, code]);

it('every kind of character, as the keys of a client', async () => {
        const text = 'Съешь ещё этих мягких булок ґїџ Ωλ שלום عربي ไทย 漢字かなカナ한글 😀👩‍🔬🇪🇺𠮷𝄞\u{10ffff}';
        const n = activations();
        const c = new Client(lab());
        try {
                const events = await told(n, () => {
                        for (const character of text.replaceAll(' ', ''))
                                c.key(0x01000000 + character.codePointAt(0));
                        c.key(0xff0d);
                });
                assert.deepEqual(plain(events), units(text.replaceAll(' ', '')));
        } finally {
                await c.close();
        }
});

it('what is no character goes nowhere', async () => {
        const n = activations();
        const c = new Client(lab());
        try {
                const events = await told(n, () => {
                        for (const keysym of [0x0100d83d, 0x0100de00, 0x0100dfff, 0x01110000, 0x01ffffff, 0x02000041])
                                c.key(keysym);
                        c.type('a\n');
                });
                assert.deepEqual(plain(events), keys([0x1e]));
        } finally {
                await c.close();
        }
});

// As a keyboard with a layout of its own sends them.
async function press(tab, characters) {
        for (const key of characters) {
                const event = { key, text: key, code: '', windowsVirtualKeyCode: 0 };
                await tab.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
                await tab.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
        }
}

// What is written while it is chosen, and what it becomes.
async function compose(tab, written, chosen) {
        for (let end = 1; end <= written.length; end++)
                await tab.send('Input.imeSetComposition', { text: written.slice(0, end), selectionStart: end,
                                                            selectionEnd: end });
        await tab.send('Input.insertText', { text: chosen });
}

it('in Chromium: a Russian keyboard, an input method, a picker', async () => {
        const browser = await Browser.start();
        const n = activations();
        const page = await browser.open(lab());
        try {
                const tab = await page.tab.context().newCDPSession(page.tab);
                await page.connected();
                const events = await told(n, async () => {
                        await press(tab, 'Привет');
                        await compose(tab, 'kanji', '漢字');
                        await tab.send('Input.insertText', { text: '😀' });
                        await compose(tab, 'yoshi', '𠮷');
                        await page.type('ab');
                        await tab.send('Input.insertText', { text: '👩‍🔬' });
                        await page.tab.keyboard.press('Enter');
                });
                assert.deepEqual(plain(events), [...units('Привет漢字😀𠮷'), ...keys([0x1e, 0x30]), ...units('👩‍🔬')]);
                assert.deepEqual(page.troubles, []);
        } finally {
                await page.close();
                await browser.stop();
        }
});
