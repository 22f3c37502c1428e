// SPDX-License-Identifier: LGPL-2.1-or-later
// rdp labs against real servers, in the real unit and in Chromium: FreeRDP's shadow server with NLA, and xrdp.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Client, sleep, until } from './client.mjs';
import { Browser } from './page.mjs';
import { sh } from './lab.mjs';
import { difference, inside, machines, shadow, typed, withPage, withXrdp, xrdp } from './rdp.mjs';

let browser;

before(async () => {
        machines();
        browser = await Browser.start();
});
after(() => browser.stop());

const it = (name, body) => test(name, { timeout: 60000 }, body);

const inXrdp = (name, settings, options, body) => it(name, () => withXrdp(browser, settings, options, body));
const byAuthority = file => ({ cert_fingerprints: undefined, ca: fs.readFileSync(file, 'utf8') });

it('a screen by NLA', () => withPage(browser, shadow(), {}, async page => {
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

// Another depth is another session of xrdp's. From 0.10 on it has a graphics pipeline, and that loses.
const LOSS = sh('xrdp --version').includes('xrdp 0.9.') ? 0 : 40;
for (const [name, settings, tolerance] of [
        ['without loss at 32 bits', { disable_gfx: true }, 0],
        ['without loss at 24 bits', { color_depth: 24 }, 0],
        [`as the lab is by default, within ${LOSS}`, {}, LOSS],
])
        inXrdp(`pixels ${name}`, settings, {}, async page => {
                await page.tab.mouse.move(900, 700);
                await sleep(1200);
                await page.quiet(600);
                assert.equal(await difference(page, tolerance), 0);
        });
