// SPDX-License-Identifier: LGPL-2.1-or-later
// nginx in front, with what its administrator may want of it: what it refuses before a session starts, limits for each
// address, auth_request, and logs that hold no token. On a port of its own beside the others' nginx.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Light, noUnits, units } from './light.mjs';
import { add, newToken, sh } from './lab.mjs';
import { until } from './client.mjs';

const PORT = 8093;
const BASE = `ws://127.0.0.1:${PORT}/labgate/ws`;
const HERE = '/var/lib/labgate-test/front';
const LIMITS = '/etc/labgate/nginx.d/front-test.conf';
const CONFIGURATION = `
user www-data;
worker_processes 1;
pid ${HERE}/pid;
error_log ${HERE}/error.log info;
events { worker_connections 256; }
http {
        access_log ${HERE}/access.log;
        include /usr/share/labgate/nginx-limits.conf;
        server {
                listen 127.0.0.1:${PORT};
                include /usr/share/labgate/nginx.conf;
                location = /auth {
                        internal;
                        access_log off;
                        error_log /dev/null emerg;
                        if ($http_cookie ~ "member=yes") { return 204; }
                        return 401;
                }
        }
}
`;

const it = (name, body) => test(name, { timeout: 60000 }, body);
const logs = () => fs.readFileSync(`${HERE}/access.log`, 'utf8') + fs.readFileSync(`${HERE}/error.log`, 'utf8');
// Until nobody but a new worker takes connections.
const reload = async () => {
        const before = fs.readFileSync(`${HERE}/error.log`, 'utf8').split('gracefully shutting down').length;
        sh(`nginx -c ${HERE}/nginx.conf -s reload`);
        await until('the old worker to step back', () =>
                fs.readFileSync(`${HERE}/error.log`, 'utf8').split('gracefully shutting down').length > before);
};

const ask = (path, { method = 'GET', headers = {} } = {}) => new Promise((resolve, reject) => {
        const request = http.request({ host: '127.0.0.1', port: PORT, path, method, headers }, response => {
                let text = '';
                response.on('data', data => { text += data; });
                response.on('end', () => resolve({ status: response.statusCode, text, headers: response.headers }));
        });
        request.on('upgrade', (response, socket) => { socket.destroy(); resolve({ status: 101 }); });
        request.on('error', reject);
        request.end();
});
const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
                  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol': 'guacamole' };

const started = () => Number(sh('systemctl show -P NAccepted labgate.socket'));

before(() => {
        fs.mkdirSync(HERE, { recursive: true });
        fs.writeFileSync(`${HERE}/nginx.conf`, CONFIGURATION);
        sh(`mkdir -p /etc/labgate/nginx.d; nginx -t -q -c ${HERE}/nginx.conf && nginx -c ${HERE}/nginx.conf`);
});

after(() => {
        fs.rmSync(LIMITS, { force: true });
        sh(`nginx -c ${HERE}/nginx.conf -s stop; rm -rf ${HERE}`);
});

it('what can be no session starts none', async () => {
        const accepted = started();
        for (const [path, status, options] of [
                ['/labgate/ws?token=abc', 426, {}],
                ['/labgate/ws?width=5', 426, {}],
                ['/labgate/ws?token=abc', 405, { method: 'POST', headers: UPGRADE }],
                ['/labgate/ws', 404, { headers: UPGRADE }],
                ['/labgate/ws?token=', 404, { headers: UPGRADE }],
                ['/labgate/ws?token=a%2Fb', 404, { headers: UPGRADE }],
                ['/labgate/ws?mytoken=abc', 404, { headers: UPGRADE }],
                [`/labgate/ws?token=${'x'.repeat(129)}`, 404, { headers: UPGRADE }],
                ['/labgate/ws?token=abc', 426, { headers: { ...UPGRADE, Upgrade: 'h2c' } }],
        ])
                assert.equal((await ask(path, options)).status, status, path);
        assert.equal(started(), accepted);
        assert.equal((await ask(`/labgate/ws?width=5&token=${newToken()}&height=5`, { headers: UPGRADE })).status, 101);
        assert.equal(started(), accepted + 1);
        await noUnits();
});

it('an address has so many sessions and no more', async () => {
        fs.writeFileSync(LIMITS, 'limit_conn labgate_sessions 2;\nlimit_conn_status 429;\n');
        await reload();
        const token = add({});
        const held = [new Light(token, { base: BASE }), new Light(token, { base: BASE })];
        await Promise.all(held.map(light => light.prompt()));
        const third = new Light(token, { base: BASE });
        await third.closed;
        assert.match(third.error, /503/);
        const why = await ask('/labgate/ws');
        assert.equal(why.status, 503);
        assert.match(why.text, /too many sessions from your address/);
        assert.equal(units().length, 2);
        await Promise.all(held.map(light => light.close()));
        await noUnits();
});

it('and so many openings', async () => {
        fs.writeFileSync(LIMITS, 'limit_req zone=labgate_openings burst=3 nodelay;\nlimit_req_status 429;\n');
        await reload();
        const answers = [];
        for (let i = 0; i < 10; i++)
                answers.push((await ask(`/labgate/ws?token=${newToken()}`, { headers: UPGRADE })).status);
        assert.ok(answers.filter(status => status === 101).length <= 5, answers.join());
        assert.ok(answers.filter(status => status === 503).length >= 5, answers.join());
        await noUnits();
});

it('auth_request decides', async () => {
        fs.writeFileSync(LIMITS, 'auth_request /auth;\n');
        await reload();
        const accepted = started(), token = add({});
        assert.equal((await ask(`/labgate/ws?token=${token}`, { headers: UPGRADE })).status, 401);
        assert.equal(started(), accepted);
        const member = new Light(token, { base: BASE, headers: { Cookie: 'member=yes' } });
        await member.prompt();
        await member.close();
        await noUnits();
});

it('no log has a token', async () => {
        fs.rmSync(LIMITS);
        await reload();
        const token = add({ name: 'front-logs' });
        const light = new Light(token, { base: BASE });
        await light.prompt();
        await light.close();
        sh('systemctl stop labgate.socket');
        try {
                assert.equal((await ask(`/labgate/ws?token=${token}`, { headers: UPGRADE })).status, 503);
        } finally {
                sh('systemctl start labgate.socket');
        }
        assert.ok(logs().length > 0);
        assert.ok(!logs().includes(token) && !/token=/.test(logs()), logs().match(/.*token=.*/)?.[0]);
        await noUnits();
});
