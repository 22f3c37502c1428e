// SPDX-License-Identifier: LGPL-2.1-or-later
// The rdp labs of the machine (rdp-machines), and what is inside of xrdp's desktop, for all tests of rdp.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';
import { until } from './client.mjs';
import { add as addAny, read, sh } from './lab.mjs';

const here = new URL('.', import.meta.url).pathname;

export const machines = () => sh(`${here}/rdp-machines`);

export const PASSWORD = 'canary-password-7d1f';
const TYPED = '/home/training/rdp-typed';
const common = { protocol: 'rdp', username: 'training', password: PASSWORD, private_key: undefined,
                 host_key: undefined };
export const shadow = settings => addAny({ ...common, port: 3391, cert_fingerprints: [read('rdp-shadow')],
                                           ...settings });
export const xrdp = settings => addAny({ ...common, port: 3390, cert_fingerprints: [read('rdp-xrdp')], ...settings });

// In the X session that xrdp made.
const DISPLAY = "$(ls -t /tmp/.X11-unix | sed -n 's/^X1/:1/p' | head -1)";
const asAccount = command => `runuser -u training -- env DISPLAY=${DISPLAY} XAUTHORITY=/home/training/.Xauthority ` +
        `LANG=C.UTF-8 sh -c '${command}'`;
export const inside = command => sh(asAccount(command), { timeout: 5000 });
// While this process goes on to be the browser.
export const during = async (command, timeout) =>
        (await promisify(execFile)('sh', ['-c', asAccount(command)], { timeout })).stdout;

// Something of xrdp's session that goes on until it is stopped: gives how.
export function start(command) {
        const pid = inside(`${command} > /dev/null 2>&1 & echo $!`).trim();
        return () => sh(`kill ${pid} 2>/dev/null || true`);
}

// Where a window is, by its title, without what the window manager draws around it.
export function place(title) {
        const text = inside(`xwininfo -name ${title}`);
        const [x, y, width, height] = ['Absolute upper-left X', 'Absolute upper-left Y', 'Width', 'Height']
                .map(name => Number(new RegExp(`${name}: +(-?\\d+)`).exec(text)[1]));
        return { x, y, width, height };
}

export const begun = () => until('the session', () => fs.existsSync('/home/training/rdp-desktop'), 15000);

export async function withPage(browser, token, options, body) {
        const page = await browser.open(token, options);
        try {
                await page.connected();
                await until('a desktop', async () => (await page.look()).ground < 0.9);
                await page.quiet();
                await body(page);
                assert.deepEqual(page.troubles, [], 'no error on the page');
        } finally {
                await page.close();
        }
}

export const withXrdp = (browser, settings, options, body) => withPage(browser, xrdp(settings), options, async page => {
        await begun();
        await page.quiet();
        await body(page);
});

export async function typed(page, text) {
        fs.rmSync(TYPED, { force: true });
        await page.tab.mouse.click(100, 450);
        await page.type(text);
        await page.tab.keyboard.press('Enter');
        const written = () => (fs.existsSync(TYPED) ? fs.readFileSync(TYPED, 'utf8') : '');
        await until('the typed line', () => written().endsWith('\n'));
        return written().replace(/\n$/, '');
}

// The server's screen as an X window dump: words of 32 bits.
function screen() {
        inside('xwd -root -silent -out /tmp/screen.xwd');
        const dump = fs.readFileSync('/tmp/screen.xwd');
        const word = i => dump.readUInt32BE(4 * i);
        const [size, width, height, stride, colours] = [word(0), word(4), word(5), word(12), word(19)];
        const pixels = dump.subarray(size + 12 * colours);
        const at = (x, y) => pixels.readUInt32LE(y * stride + 4 * x) & 0xffffff;
        return { width, height, at };
}

// As one text, as an array of numbers takes seconds. The canvas may be larger than the screen.
async function pixels(page) {
        const [width, url] = await page.tab.evaluate(() => new Promise(resolve => {
                const canvas = document.querySelector('#display canvas');
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                const reader = new FileReader();
                reader.onload = () => resolve([canvas.width, reader.result]);
                reader.readAsDataURL(new Blob([data]));
        }));
        const bytes = Buffer.from(url.split(',')[1], 'base64');
        return (x, y) => bytes.readUIntBE((y * width + x) * 4, 3);
}

// How many pixels of the page are not the server's, or a colour of them by more than tolerance.
export async function difference(page, tolerance = 0) {
        const own = await pixels(page);
        const theirs = screen();
        const isOff = (a, b) => [0, 8, 16].some(s => Math.abs((a >> s & 255) - (b >> s & 255)) > tolerance);
        let wrong = 0;
        for (let y = 0; y < theirs.height; y++)
                for (let x = 0; x < theirs.width; x++)
                        if (own(x, y) !== theirs.at(x, y) && isOff(own(x, y), theirs.at(x, y)))
                                wrong++;
        return wrong;
}
