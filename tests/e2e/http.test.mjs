// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests that are no upgrade, through nginx and straight to the socket: a short, correct answer, never a hang.

import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { ORIGIN } from './client.mjs';

const SOCKET = '/run/labgate/session.sock';

// Bytes in, bytes out, until the other side closes.
function exchange(text, ms = 5000) {
        return new Promise((resolve, reject) => {
                const socket = net.connect(SOCKET, () => socket.write(text));
                let answer = '';
                const timer = setTimeout(() => { socket.destroy(); reject(new Error(`hangs after: ${answer}`)); }, ms);
                socket.on('data', data => { answer += data; });
                socket.on('error', () => {});
                socket.on('close', () => { clearTimeout(timer); resolve(answer); });
        });
}

const head = (...lines) => `${lines.join('\r\n')}\r\n\r\n`;
const upgrade = ['Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

const cases = {
        'a plain GET': [head('GET /ws?token=a HTTP/1.1', 'Host: x'), 426],
        'a POST': [head('POST /ws HTTP/1.1', 'Host: x', 'Content-Length: 0'), 405],
        'garbage': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
        'another version': [head('GET /ws?token=a HTTP/1.1', ...upgrade, 'Sec-WebSocket-Version: 8'), 426],
        'no key': [head('GET /ws?token=a HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade',
                        'Sec-WebSocket-Version: 13'), 400],
        'two keys': [head('GET /ws?token=a HTTP/1.1', ...upgrade, upgrade[3], 'Sec-WebSocket-Version: 13'), 400],
        'a head without end': [`GET /ws HTTP/1.1\r\nX: ${'y'.repeat(70000)}`, 431, 400],
};

for (const [name, [text, ...statuses]] of Object.entries(cases))
        test(name, { timeout: 15000 }, async () => {
                const answer = await exchange(text, 12000);
                const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
                assert.ok(statuses.includes(status), JSON.stringify(answer.slice(0, 200)));
                const [fields, body] = answer.split('\r\n\r\n');
                const length = /content-length: (\d+)/i.exec(fields);
                assert.ok(length, 'a length');
                assert.equal(Buffer.byteLength(body), Number(length[1]));
                assert.ok(answer.length < 600, 'short');
                if (statuses[0] === 426)
                        assert.match(fields, /sec-websocket-version: 13/i);
        });

test('silence is ended', { timeout: 40000 }, async () => {
        assert.match(await exchange('GET /ws', 30000), /^(HTTP\/1\.1 408 |$)/);
});

test('the page, through nginx', async () => {
        for (const [path, type] of [['', 'text/html'], ['page.js', 'javascript'], ['guacamole-common.js', 'javascript'],
                                    ['style.css', 'text/css'], ['icon.svg', 'image/svg']]) {
                const answer = await fetch(`${ORIGIN}/labgate/${path}`);
                assert.equal(answer.status, 200, path);
                assert.ok(answer.headers.get('content-type').includes(type), path);
                assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
        }
        assert.equal((await fetch(`${ORIGIN}/labgate/ws?token=x`)).status, 426);
        assert.equal((await fetch(`${ORIGIN}/labgate/ws?token=x`, { method: 'POST' })).status, 405);
});
