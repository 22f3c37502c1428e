// SPDX-License-Identifier: LGPL-2.1-or-later
// VNC desktops in Chromium with the shipped page: what is seen equals what the X server has, pixel by pixel, after
// windows, text, pictures and sizes have moved. Screenshots stay as artefacts to look at.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import readline from 'node:readline';
import { after, before, test } from 'node:test';
import { sleep, until } from './client.mjs';
import { STATE, format, newToken, sh, write } from './lab.mjs';
import { Browser } from './page.mjs';

const PASSWORD = 'canary-v';
const DESK = new URL('../vnc/desk.py', import.meta.url).pathname;
const LONG = Boolean(process.env.LABGATE_TEST_LONG);
const FRAMES = LONG ? 300 : 40;

let browser;
const running = [];

const it = (name, body) => test(name, { timeout: 60000 }, body);
const lab = settings => write(newToken(), format({ name: 'desktop', protocol: 'vnc', hostname: '127.0.0.1', ...settings }));

function start(command, args, env = {}) {
        const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, ...env } });
        running.push(child);
        return child;
}

// desk.py on a display: do('drag', 5) answers what it answers.
class Desk {
        constructor(display) {
                this.child = start('/usr/bin/python3', [DESK], { DISPLAY: display });
                this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
        }

        async answer() {
                const { ok, error } = JSON.parse((await this.lines.next()).value);
                assert.equal(error, undefined);
                return ok;
        }

        do(...command) {
                this.child.stdin.write(`${JSON.stringify(command)}\n`);
                return this.answer();
        }

        async capture() {
                const file = `${STATE}/capture`;
                const size = await this.do('capture', file);
                return { ...size, pixels: fs.readFileSync(file) };
        }
}

// Of the desktop; its canvas may be larger.
const sizeOf = page => page.tab.evaluate(() => {
        const { width, height } = document.querySelector('#display canvas').parentElement.style;
        return `${parseInt(width)}x${parseInt(height)}`;
});

// The number of pixels that the page has otherwise than the X server.
async function difference(page, desk) {
        const wanted = await desk.capture();
        const got = await page.tab.evaluate(() => {
                const canvas = document.querySelector('#display canvas');
                const [width, height] = ['width', 'height'].map(side => parseInt(canvas.parentElement.style[side]));
                const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
                let text = '';
                for (let i = 0; i < data.length; i += 32768)
                        text += String.fromCharCode(...data.subarray(i, i + 32768));
                return { width, height, pixels: btoa(text) };
        });
        if (got.width !== wanted.width || got.height !== wanted.height)
                return `${got.width}x${got.height} instead of ${wanted.width}x${wanted.height}`;
        const pixels = Buffer.from(got.pixels, 'base64');
        let different = 0;
        const box = [1e9, 1e9, 0, 0];
        for (let i = 0; i < pixels.length; i += 4)
                if (pixels[i] !== wanted.pixels[i + 2] || pixels[i + 1] !== wanted.pixels[i + 1] || pixels[i + 2] !== wanted.pixels[i]) {
                        const [x, y] = [i / 4 % got.width, Math.floor(i / 4 / got.width)];
                        different++;
                        [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)].forEach((v, k) => { box[k] = v; });
                }
        return different && `${different} within ${box}`;
}

async function equals(page, desk, shot) {
        let last;
        // A server draws the pointer into the picture while it is not where the page put it.
        const box = await page.tab.locator('#display canvas').first().boundingBox();
        await page.tab.mouse.move(box.x + 610, box.y + 400);
        await page.tab.mouse.move(box.x + 611, box.y + 401);
        await page.quiet();
        try {
                await until('the pixels to be the same', async () => (last = await difference(page, desk)) === 0);
        } catch (e) {
                throw new Error(`${shot}: ${last} pixels differ`, { cause: e });
        } finally {
                await page.shot(`vnc-${shot}`);
        }
}

const listens = port => until(`a server on ${port}`, () => sh(`ss -Hltn "sport = :${port}"`).length > 0);

async function xtigervnc(display, ...args) {
        start('Xtigervnc', [`:${display}`, '-rfbport', `${5900 + display}`, '-localhost', '-PasswordFile', `${STATE}/vnc-password`,
                            '-geometry', '1024x768', '-depth', '24', '-AlwaysShared', ...args]);
        await listens(5900 + display);
}

let desk;

before(async () => {
        browser = await Browser.start();
        fs.writeFileSync(`${STATE}/vnc-password`, execFileSync('tigervncpasswd', ['-f'], { input: `${PASSWORD}\n` }));
        sh(`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${STATE}/vnc.key -out ${STATE}/vnc.pem ` +
           '-days 2 -subj /CN=lab -addext subjectAltName=IP:127.0.0.1 2>&1');
        await xtigervnc(5, '-SecurityTypes', 'X509Vnc,TLSVnc,VncAuth', '-X509Cert', `${STATE}/vnc.pem`, '-X509Key', `${STATE}/vnc.key`);
        desk = new Desk(':5');
        assert.equal(await desk.answer(), 'ready');
});

after(async () => {
        await browser.stop();
        for (const child of running.reverse())
                child.kill('SIGKILL');
});

const plain = { port: 5905, password: PASSWORD };

async function withPage(settings, options, body) {
        const page = await browser.open(lab(settings), options);
        try {
                await page.connected();
                await body(page);
                assert.deepEqual(page.troubles, [], 'no error on the page');
        } finally {
                await page.close();
        }
}

it('windows, text, pictures: the same pixels', () => withPage(plain, {}, async page => {
        await equals(page, desk, 'begin');
        for (const [name, ...command] of [['drag', 'drag', FRAMES], ['scroll', 'scroll', FRAMES],
                                          ['animation', 'animate', FRAMES], ['noise', 'noise']]) {
                await desk.do(...command);
                await equals(page, desk, name);
        }
}));

for (const [name, settings] of [
        ['zrle', { encodings: 'copyrect zrle' }], ['hextile', { encodings: 'copyrect hextile' }], ['raw', { encodings: 'raw' }],
        ...LONG ? [['zlib', { encodings: 'zlib' }], ['rre', { encodings: 'rre' }]] : []])
        it(`the same pixels by ${name}`, () => withPage({ ...plain, ...settings }, {}, async page => {
                await desk.do('drag', 10);
                await desk.do('noise');
                await desk.do('scroll', 5);
                await equals(page, desk, name);
        }));

it('encrypted, with a pinned certificate or its authority', async () => {
        const fingerprint = sh(`openssl x509 -in ${STATE}/vnc.pem -noout -fingerprint -sha256`).trim().split('=')[1];
        for (const settings of [{ cert_fingerprints: [fingerprint] }, { ca: fs.readFileSync(`${STATE}/vnc.pem`, 'utf8') },
                                { security: 'tls' }])
                await withPage({ ...plain, ...settings }, {}, page => equals(page, desk, Object.keys(settings)[0]));
});

for (const [name, settings, status, pattern] of [
        ['wrong password', { password: 'canary-wrong' }, 0x0301, /refused the login/],
        ['no password', { password: undefined }, 0x0301, /asks for a password/],
        ['another certificate', { cert_fingerprints: ['00'.repeat(32)] }, 0x0208, /expects SHA256:0000/],
        ['no VNC server', { port: 2212 }, 0x0203, /is no VNC server/],
        ['nobody there', { port: 5999 }, 0x0207, /refused/]])
        it(`the page says it: ${name}`, async () => {
                const all = { ...plain, ...settings };
                if (!all.password)
                        delete all.password;
                const page = await browser.open(lab(all));
                await until('the end', async () => (await page.state()) === 'failed');
                const message = await page.message();
                assert.equal(message.status, status, message.text);
                assert.match(message.text, pattern);
                await page.close();
        });

it('keys and mouse', () => withPage(plain, {}, async page => {
        await equals(page, desk, 'input');
        await desk.do('events');
        const box = await page.tab.locator('#display canvas').first().boundingBox();
        await page.tab.mouse.click(box.x + 100, box.y + 30);
        await page.type('Hi ü');
        await page.tab.mouse.move(box.x + 800, box.y + 200);
        await page.tab.mouse.down({ button: 'right' });
        await page.tab.mouse.up({ button: 'right' });
        await page.tab.mouse.wheel(0, 120);
        await until('the typed text', async () => (await desk.do('entry')).endsWith('Hi ü'));
        let events = [];
        await until('the wheel', async () => {
                events = [...events, ...await desk.do('events')];
                return events.some(e => e.kind === 'ButtonPress' && e.button === 5);
        });
        const right = events.find(e => e.kind === 'ButtonPress' && e.button === 3);
        assert.ok(Math.abs(right.x - 800) <= 1 && Math.abs(right.y - 200) <= 1, JSON.stringify(right));
}));

it('shapes of the mouse pointer', () => withPage(plain, {}, async page => {
        const shape = () => page.tab.evaluate(() => [...document.querySelectorAll('#display, #display *')]
                .map(e => getComputedStyle(e).cursor).find(c => c.startsWith('url')) ?? '');
        const box = await page.tab.locator('#display canvas').first().boundingBox();
        const seen = new Set();
        for (const name of ['xterm', 'fleur', 'left_ptr', 'xterm']) {
                const before = await shape();
                let x = 900;
                await desk.do('cursor', name);
                await until(`the pointer ${name}`, async () => {
                        await page.tab.mouse.move(box.x + x++, box.y + 200);
                        return await shape() !== before;
                });
                await sleep(200);
                seen.add(await shape());
        }
        assert.equal(seen.size, 3, 'the last as the first');
}));

it('the clipboard both ways', () => withPage(plain, {}, async page => {
        await page.tab.locator('#display').click();
        await desk.do('copy', 'from the lab: Ελλάδα 日本 naïve');
        await until('the browser\'s clipboard', async () =>
                (await page.tab.evaluate(() => navigator.clipboard.readText())) === 'from the lab: Ελλάδα 日本 naïve');
        await page.tab.evaluate(() => navigator.clipboard.writeText('from the page: русский ü\nsecond line'));
        await page.tab.keyboard.press('Control+V');
        await until('the lab\'s clipboard', async () => (await desk.do('paste')) === 'from the page: русский ü\nsecond line');
}));

it('sizes both ways', () => withPage(plain, { width: 1000, height: 700 }, async page => {
        const size = async () => (await desk.do('fit')).join('x');
        const look = () => sizeOf(page);
        await until('the desktop to have the window\'s size', async () => (await look()) === await size() && (await look()).startsWith('1000x'));
        await page.tab.setViewportSize({ width: 1300, height: 900 });
        await until('the desktop to follow', async () => (await look()) === await size() && (await look()).startsWith('1300x'));
        await equals(page, desk, 'larger');
        await desk.do('resize', '800x600');
        await until('the page to follow', async () => (await look()) === '800x600');
        await equals(page, desk, 'smaller');
}));

it('a pointer that the server draws, in fewer colours', () => withPage({ ...plain, cursor: 'remote', color_depth: 16 }, {}, async page => {
        await page.quiet();
        await page.shot('vnc-16-bits');
        assert.ok((await page.look()).colours > 20);
}));

it('x11vnc', async () => {
        start('Xvfb', [':6', '-screen', '0', '800x600x24', '-nolisten', 'tcp', '-noreset']);
        await until('Xvfb', () => fs.existsSync('/tmp/.X11-unix/X6'));
        const other = new Desk(':6');
        assert.equal(await other.answer(), 'ready');
        start('x11vnc', ['-display', ':6', '-rfbport', '5906', '-localhost', '-passwd', PASSWORD, '-forever', '-shared', '-noxdamage', '-q', '-nocursor']);
        await listens(5906);
        await withPage({ ...plain, port: 5906 }, {}, async page => {
                await other.do('drag', 20);
                await other.do('scroll', 10);
                await equals(page, other, 'x11vnc');
        });
});

test('QEMU\'s own server', { timeout: 60000, skip: !fs.existsSync('/usr/bin/qemu-system-x86_64') && 'no QEMU here' }, async () => {
        start('qemu-system-x86_64', ['-M', 'pc', '-m', '64', '-display', 'none', '-net', 'none', '-vnc', '127.0.0.1:8']);
        await listens(5908);
        await withPage({ port: 5908 }, {}, async page => {
                await until('the firmware\'s screen', async () => (await sizeOf(page)) === '720x400' && (await page.look()).ground < 0.995);
                await page.quiet();
                await page.shot('vnc-qemu');
        });
});

it('a server that is still starting', async () => {
        const page = await browser.open(lab({ ...plain, port: 5907, wait: 30 }));
        await until('the page to say so', async () => (await page.tab.evaluate(() => document.querySelector('#display canvas')?.width ?? 0)) > 0);
        await sleep(1500);
        await page.shot('vnc-waiting');
        assert.ok((await page.look()).colours > 1, 'a text is there');
        await xtigervnc(7, '-SecurityTypes', 'VncAuth');
        await page.connected();
        await until('the desktop', async () => (await page.tab.title()).length > 0 && (await page.look()).ground < 1.01);
        await page.close();
});

// A workshop: the page is opened before its machine is up, and then somebody turns a model. Blender is not among what
// the tests install, for its size.
const model = ['/usr/bin/blender', '/usr/bin/glxgears'].find(program => fs.existsSync(program));
const noModel = !LONG ? 'takes up to a minute: LABGATE_TEST_LONG' : !model && 'neither Blender nor glxgears here';
test('a 3D program on a machine that is still starting', { timeout: 120000, skip: noModel }, async t => {
        const page = await browser.open(lab({ ...plain, port: 5909, wait: 30 }));
        await sleep(2000);
        await xtigervnc(9, '-SecurityTypes', 'VncAuth');
        const window = ['--factory-startup', '--window-geometry', '0', '0', '1024', '736'];
        start(model, model.endsWith('blender') ? window : [],
              { DISPLAY: ':9', LIBGL_ALWAYS_SOFTWARE: '1', HOME: '/tmp' });
        await page.connected();
        await until('the program', async () => (await page.look()).colours > 40, 60000);
        await sleep(3000);
        const { mouse } = page.tab;
        await mouse.click(950, 600); // the splash screen goes
        await mouse.move(400, 400);
        await mouse.down({ button: 'middle' });
        const begun = Date.now();
        for (let i = 0; Date.now() - begun < 5000; i++) {
                await mouse.move(400 + 200 * Math.sin(i / 20), 400 + 60 * Math.cos(i / 15));
                await sleep(15);
        }
        await page.shot('vnc-workshop');
        await mouse.up({ button: 'middle' });
        t.diagnostic(`${model}: ${JSON.stringify(await page.look())}`);
        await page.close();
});
