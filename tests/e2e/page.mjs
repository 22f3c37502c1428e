// SPDX-License-Identifier: LGPL-2.1-or-later
// The shipped page in a headless Chromium.

import fs from 'node:fs';
import { createHash } from 'node:crypto';
import { ORIGIN, sleep, until } from './client.mjs';
import { load } from './npm.mjs';

const { chromium } = load('playwright-core');

export const SHOTS = process.env.LABGATE_TEST_ARTEFACTS ?? '/tmp';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
               '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];

// Notes how each WebSocket ended: the page itself cannot see it.
function hook() {
        window.closes = [];
        const Stock = window.WebSocket;
        window.WebSocket = class extends Stock {
                constructor(...args) {
                        super(...args);
                        this.addEventListener('close', ({ code, reason }) => window.closes.push({ code, reason }));
                }
        };
}

export class Browser {
        static async start() {
                const own = new Browser();
                own.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
                return own;
        }

        async open(token, { width = 1024, height = 768, scale = 1, query = '' } = {}) {
                const context = await this.browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale });
                await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: ORIGIN });
                const tab = await context.newPage();
                const page = new Page(tab);
                await tab.addInitScript(hook);
                await tab.goto(`${ORIGIN}/labgate/${query}#token=${token}`);
                return page;
        }

        stop() {
                return this.browser.close();
        }
}

export class Page {
        constructor(tab) {
                this.tab = tab;
                this.troubles = [];
                tab.on('pageerror', error => this.troubles.push(String(error)));
                tab.on('console', message => message.type() === 'error' && this.troubles.push(message.text()));
        }

        state() {
                return this.tab.evaluate(() => document.body.dataset.state);
        }

        // The shell of the account `training` has shown its prompt, which sets the title.
        async prompt() {
                await this.connected();
                await until('the prompt', async () => await this.tab.title() === 'ready');
                await this.quiet();
        }

        async connected() {
                await until('the page to be connected', async () => {
                        const state = await this.state();
                        if (state === 'failed' || state === 'ended')
                                throw new Error(`${state}: ${await this.tab.innerText('#message')}`);
                        return state === 'connected';
                });
                await this.quiet();
        }

        // The picture of the default layer, as the browser has it.
        picture() {
                return this.tab.evaluate(() => document.querySelector('#display canvas')?.toDataURL() ?? '');
        }

        async hash() {
                return createHash('sha256').update(await this.picture()).digest('hex');
        }

        // Until nothing changes any more.
        async quiet(ms = 250) {
                for (let before = null, now = await this.hash(); before !== now; now = await this.hash()) {
                        before = now;
                        await sleep(ms);
                }
        }

        // How many colours the middle of the screen has, and how much of it is not ground.
        look() {
                return this.tab.evaluate(() => {
                        const canvas = document.querySelector('#display canvas');
                        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                        const words = new Uint32Array(data.buffer);
                        const counts = new Map();
                        for (const word of words)
                                counts.set(word, (counts.get(word) ?? 0) + 1);
                        return { width: canvas.width, height: canvas.height, colours: counts.size,
                                 ground: Math.max(...counts.values()) / words.length };
                });
        }

        async shot(name) {
                await this.tab.screenshot({ path: `${SHOTS}/${name}.png` });
        }

        async type(text) {
                await this.tab.keyboard.type(text);
        }

        async enter(text) {
                await this.type(text);
                await this.tab.keyboard.press('Enter');
                await this.quiet();
        }

        message() {
                return this.tab.evaluate(() => ({
                        state: document.body.dataset.state,
                        status: Number(document.body.dataset.status),
                        text: document.getElementById('message-text').textContent,
                        closes: window.closes,
                }));
        }

        close() {
                return this.tab.context().close();
        }
}

export const exists = (what, file) => until(what, () => fs.existsSync(file));
