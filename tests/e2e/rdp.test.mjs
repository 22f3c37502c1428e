// SPDX-License-Identifier: LGPL-2.1-or-later
// rdp labs against real servers, in the real unit and in Chromium: FreeRDP's shadow server with NLA, and xrdp.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
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
const TYPED = '/home/training/rdp-typed';
const common = { protocol: 'rdp', username: 'training', password: PASSWORD, private_key: undefined,
                 host_key: undefined };
const shadow = settings => addAny({ ...common, port: 3391, cert_fingerprints: [read('rdp-shadow')], ...settings });
const xrdp = settings => addAny({ ...common, port: 3390, cert_fingerprints: [read('rdp-xrdp')], ...settings });

// In the X session that xrdp made.
const DISPLAY = "$(ls -t /tmp/.X11-unix | sed -n 's/^X1/:1/p' | head -1)";
const inside = command => sh(`runuser -u training -- env DISPLAY=${DISPLAY} XAUTHORITY=/home/training/.Xauthority ` +
                             `LANG=C.UTF-8 sh -c '${command}'`, { timeout: 5000 });
const inXrdp = (name, settings, options, body) => it(name, () => withPage(xrdp(settings), options, async page => {
        await until('the session', () => fs.existsSync('/home/training/rdp-desktop'), 15000);
        await page.quiet();
        await body(page);
}));

const byAuthority = file => ({ cert_fingerprints: undefined, ca: fs.readFileSync(file, 'utf8') });

async function withPage(token, options, body) {
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

async function typed(page, text) {
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

const pixels = page => page.tab.evaluate(() => {
        const canvas = document.querySelector('#display canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return Array.from(new Uint32Array(data.buffer));
});

// How many pixels of the page are not the server's.
async function difference(page) {
        const own = await pixels(page);
        const theirs = screen();
        let wrong = 0;
        for (let y = 0; y < theirs.height; y++)
                for (let x = 0; x < theirs.width; x++) {
                        const p = own[y * theirs.width + x];
                        const rgb = (p & 0xff) << 16 | (p & 0xff00) | (p >> 16 & 0xff);
                        if (rgb !== theirs.at(x, y))
                                wrong++;
                }
        return wrong;
}

it('a screen by NLA', () => withPage(shadow(), {}, async page => {
        await page.shot('rdp-shadow');
        const { width, height } = await page.look();
        assert.deepEqual([width, height], [1024, 768]);
        await page.tab.mouse.click(100, 100);
        await page.enter('typed into a shadow');
        await until('the typed text', () => fs.existsSync('/var/lib/labgate-test/rdp/typed'));
        assert.equal(fs.readFileSync('/var/lib/labgate-test/rdp/typed', 'utf8'), 'typed into a shadow\n');
}));

for (const [name, lab, status, pattern] of [
        ['wrong password by NLA', () => shadow({ password: 'canary-wrong-31c4' }), 0x301,
         /wrong user name or password/i],
        ['another certificate', () => shadow({ cert_fingerprints: ['ab'.repeat(32)] }), 0x208,
         /certificate is SHA256:[0-9a-f]{64}, the lab expects SHA256:abab/],
        ['another authority', () => xrdp(byAuthority('/etc/ssl/certs/ssl-cert-snakeoil.pem')), 0x208,
         /not one that the lab's ca vouches for/],
        ['nothing pinned', () => xrdp({ cert_fingerprints: undefined }), 0x200, /not set up correctly/],
        ['tls only, where NLA is required', () => shadow({ security: 'tls' }), 0x203, /does not offer the security/],
        ['nla only, where there is none', () => xrdp({ security: 'nla' }), 0x203, /does not offer the security/],
])
        it(`the person reads it: ${name}`, async () => {
                const c = new Client(lab());
                const end = await c.end(20000);
                assert.equal(end.status, status, end.text);
                assert.match(end.text, pattern);
        });

it('a certificate by its authority', async () => {
        const c = new Client(xrdp(byAuthority('/var/lib/labgate-test/rdp/xrdp.pem')));
        await c.alive('a desktop', () => c.count('img') > 1 && c.names.length > 1);
        await c.close();
});

// A wire between labgate and the shadow server, with an ear on it.
async function overhear(settings) {
        const upwards = [];
        const wire = net.createServer(socket => {
                const server = net.connect(3391, '127.0.0.1');
                socket.on('data', bytes => { upwards.push(bytes); server.write(bytes); });
                server.on('data', bytes => socket.write(bytes));
                for (const [a, b] of [[socket, server], [server, socket]]) {
                        a.on('close', () => b.destroy());
                        a.on('error', () => {});
                }
        });
        await new Promise(resolve => wire.listen(3399, '127.0.0.1', resolve));
        const c = new Client(shadow({ port: 3399, ...settings }));
        try {
                if (settings.cert_fingerprints)
                        await c.end();
                else
                        await c.alive('a desktop', () => c.count('img') > 3);
        } finally {
                await c.close();
                wire.close();
        }
        return Buffer.concat(upwards);
}

it('no credential is on the wire before the certificate was checked', async () => {
        const refused = await overhear({ cert_fingerprints: ['00'.repeat(32)] });
        assert.ok(!refused.includes('training'), 'not even the name');
        // The request for a protection, then TLS records: hello, end of the handshake, alert. No application data
        // beyond the handshake's own.
        const records = [];
        for (let at = refused.readUInt16BE(2); at + 5 <= refused.length; at += 5 + refused.readUInt16BE(at + 3))
                records.push([refused[at], refused.readUInt16BE(at + 3)]);
        const data = records.filter(([type]) => type === 23);
        assert.ok(data.length <= 2 && data.every(([, size]) => size < 100), `records ${JSON.stringify(records)}`);
        const accepted = await overhear({});
        assert.ok(accepted.length > refused.length + 1000, `${accepted.length} against ${refused.length} bytes`);
});

inXrdp('a desktop of xrdp', {}, {}, async page => {
        await page.shot('rdp-xrdp');
        assert.equal(await typed(page, 'Hello, World! {[~@#]} \'"`^'), 'Hello, World! {[~@#]} \'"`^');
        await page.shot('rdp-xrdp-typed');
});

inXrdp('a German keyboard', { server_layout: 'de-de-qwertz' }, {}, async page => {
        assert.equal(await typed(page, 'yz YZ äöüÄÖÜß €@{[]}\\~|µ éàê ^`'), 'yz YZ äöüÄÖÜß €@{[]}\\~|µ éàê ^`');
});

inXrdp('clipboard both ways', { normalize_clipboard: 'unix' }, {}, async page => {
        inside('printf "from the lab ä€😀" | xclip -selection clipboard -i > /dev/null 2>&1');
        await until('the browser\'s clipboard', async () =>
                (await page.tab.evaluate(() => navigator.clipboard.readText())).startsWith('from the lab ä€'));
        await page.tab.evaluate(() => navigator.clipboard.writeText('from the page\nü€'));
        await page.tab.mouse.click(100, 450);
        await page.tab.keyboard.press('Control+Shift+V');
        await until('the lab\'s clipboard', () => {
                try {
                        return inside('timeout 2 xclip -selection clipboard -o').includes('from the page\nü€');
                } catch {
                        return false;
                }
        });
});

for (const method of ['display-update', 'reconnect'])
        inXrdp(`the desktop follows the page: ${method}`, { resize_method: method }, {}, async page => {
                await page.tab.setViewportSize({ width: 1280, height: 900 });
                await until('the new size', async () => (await page.look()).width === 1280, 15000);
                await page.quiet();
                await page.shot(`rdp-${method}`);
                assert.match(inside('xwininfo -root'), /Width: 1280/);
                assert.equal(await typed(page, 'after'), 'after');
        });

// Another depth is another session of xrdp's.
for (const color_depth of [32, 24])
        inXrdp(`pixels without loss at ${color_depth} bits`, { color_depth }, {}, async page => {
                await page.tab.mouse.move(900, 700);
                await sleep(1200);
                await page.quiet(600);
                assert.equal(await difference(page), 0);
        });
