// SPDX-License-Identifier: LGPL-2.1-or-later
// Every way a session can fail: the text a person reads, the status the stock client sees, the close frame's reason.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, sleep, until } from './client.mjs';
import { PORTS, STATE, add, newToken, read, remove, ssh, sh, write, format } from './lab.mjs';
import { Light, SOCKET_BASE } from './light.mjs';
import fs from 'node:fs';

// Ends with exactly this; gives the text back.
async function ends(token, status, pattern, { parameters, ms } = {}) {
        const client = new Client(token, parameters);
        const end = await client.end(ms);
        assert.equal(end.status, status, `status 0x${end.status.toString(16)}, "${end.text}"`);
        assert.match(end.text, pattern);
        assert.equal(end.reason, String(status), 'the close frame\'s reason');
        assert.match(end.text, /^\S.*[.?)]$|^.* says: /s, 'a sentence');
        return { ...end, client };
}

const cause = (name, body) => test(name, { timeout: 60000 }, body);
const now = offset => new Date(Date.now() + offset * 1000).toISOString().replace(/\.\d+Z/, 'Z');

cause('no such token', () => ends(newToken(), 0x0204, /./));
// nginx lets neither through (front.test.mjs); other fronts may.
for (const [name, token] of [['a token of wrong characters', 'a%2F..%2Fb'], ['no token at all', '']])
        cause(name, async () => {
                const light = new Light(token, { base: SOCKET_BASE });
                assert.equal(await light.closed, String(0x0204));
                assert.match(light.error, /^5\.error,\d+\.\w.*,3\.516;/);
        });

cause('expired, not yet valid and unknown read the same', async () => {
        const texts = [];
        for (const settings of [{ not_after: now(-60) }, { not_before: now(3600) }])
                texts.push((await ends(add(settings), 0x0204, /./)).text);
        texts.push((await ends(newToken(), 0x0204, /./)).text);
        assert.equal(new Set(texts).size, 1, texts.join(' | '));
});

cause('already used', async () => {
        const token = add({ single_use: true });
        const client = new Client(token);
        await client.prompt();
        await ends(token, 0x0204, /./);
        await client.close();
        await ends(token, 0x0204, /./);
});

cause('the lab is at its limit', async () => {
        const token = add({ max_sessions: 2 });
        const clients = [new Client(token), new Client(token)];
        await Promise.all(clients.map(c => c.prompt()));
        await ends(token, 0x0201, /./);
        await clients[0].close();
        await until('a free place', async () => {
                const client = new Client(token);
                await Promise.race([client.prompt().catch(() => {}), client.ended]);
                const fine = !client.errors.length;
                await client.close();
                return fine;
        });
        await clients[1].close();
});

cause('host name unknown', () => ends(add({ hostname: 'no-such-host.invalid' }), 0x0207, /host name.*(unknown|not known|does not exist)/));
cause('connection refused', () => ends(add({ port: PORTS.closed }), 0x0207, /refused/i));
cause('unreachable', () => ends(add({ hostname: '192.0.2.1' }), 0x0207, /reach/));

cause('the host does not answer, pings do', async () => {
        const began = Date.now();
        const { client } = await ends(add({ port: PORTS.deaf, timeout: 6 }), 0x0202, /did not answer/,
                                      { ms: 15000 });
        assert.ok(Date.now() - began > 4500, 'waited as told');
        assert.ok(client.pings.length >= 5, `${client.pings.length} pings`);
        assert.ok(Math.max(...client.pings) < 100, `slowest echo ${Math.max(...client.pings)} ms`);
        assert.ok(!client.unstable, 'never unstable');
});

cause('the host accepts and says nothing, pings go on', async () => {
        const { client } = await ends(add({ port: PORTS.mute, timeout: 4 }), 0x0202, /./, { ms: 30000 });
        assert.ok(client.pings.length >= 3, `${client.pings.length} pings`);
        assert.ok(Math.max(...client.pings) < 100, `slowest echo ${Math.max(...client.pings)} ms`);
});

cause('a lab that is still booting is waited for', async () => {
        const token = add({ port: PORTS.late, wait: 20, timeout: 2, host_key: [read('host-key')] });
        const client = new Client(token);
        await sleep(2500);
        assert.equal(client.errors.length, 0, 'still waiting');
        assert.ok(Math.max(0, ...client.pings) < 100);
        sh(`systemd-run --quiet --unit=sshd-late /usr/sbin/sshd -D -e -f /dev/null -o Port=${PORTS.late} ` +
           `-o ListenAddress=127.0.0.1 -o HostKey=${STATE}/host-2201 -o PidFile=none`);
        try {
                await client.prompt();
                client.type('touch /tmp/late\n');
                await until('the prompt to work', () => fs.existsSync('/tmp/late'));
        } finally {
                await client.close();
                sh('systemctl stop sshd-late');
        }
});

cause('a lab that does not boot in time', async () => {
        await ends(add({ port: PORTS.closed, wait: 3 }), 0x0207, /refused/i, { ms: 15000 });
});

cause('host key not the pinned one', async () => {
        const wrong = `SHA256:${'A'.repeat(43)}`;
        const { text } = await ends(add({ host_key: [wrong] }), 0x0208, /host key/i);
        assert.ok(text.includes(wrong), 'says what was expected');
        assert.ok(text.includes(read('host-key')), 'says what came');
});

cause('no host key pinned', () => ends(add({ host_key: undefined }), 0x0208, /host key/i));

cause('login refused: password', async () => {
        const token = add({ private_key: undefined, password: 'canary-wrong-31c4' });
        const { text } = await ends(token, 0x0301, /./);
        assert.ok(!text.includes('canary'));
});

cause('login refused: key', () =>
        ends(add({ private_key: fs.readFileSync(`${STATE}/other-key`, 'utf8') }), 0x0301, /./));

cause('the upstream speaks no SSH', () => ends(add({ port: PORTS.garbage }), 0x0203, /./));

cause('the upstream goes away', async () => {
        const client = new Client(add({}));
        await client.prompt();
        await client.quiet(300);
        client.type('kill -9 $PPID\n');
        const end = await client.end();
        assert.equal(end.status, 0x0203, end.text);
        assert.equal(end.reason, '515');
});

cause('the lab is removed', async () => {
        const token = add({});
        const client = new Client(token);
        await client.prompt();
        const began = Date.now();
        remove(token);
        const end = await client.end(6000);
        assert.equal(end.status, 0x020B, end.text);
        assert.equal(end.reason, '523');
        assert.ok(Date.now() - began < 5500, `${Date.now() - began} ms`);
});

cause('the lab expires', async () => {
        const client = new Client(add({ not_after: now(4) }));
        await client.prompt();
        const end = await client.end(12000);
        assert.equal(end.status, 0x020A, end.text);
});

cause('idle limit', async () => {
        const client = new Client(add({ idle_timeout: 2 }));
        await client.prompt();
        const end = await client.end(12000);
        assert.equal(end.status, 0x020A, end.text);
        assert.equal(end.reason, '522');
});

cause('time limit', async () => {
        const client = new Client(add({ time_limit: 2 }));
        await client.prompt();
        const typing = setInterval(() => client.type('x'), 200);
        const end = await client.end(12000).finally(() => clearInterval(typing));
        assert.equal(end.status, 0x020A, end.text);
});

cause('malformed instructions', async () => {
        for (const bytes of ['3.key,2.97;x', '99999.key;', '3.key,2.97,1.1', '3.nop;\n', 'hello']) {
                const client = new Client(add({}));
                await until('the uuid', () => client.tunnel.uuid);
                client.socket.send(bytes);
                client.socket.send('3.nop;');
                const end = await client.end();
                assert.equal(end.status, 0x0300, `${JSON.stringify(bytes)}: ${end.text}`);
                assert.equal(end.reason, '768');
        }
});

cause('no such protocol', () => {
        const token = write(newToken(), format(ssh({ protocol: 'gopher' })));
        return ends(token, 0x0200, /./);
});

cause('the remote shell ends: no error', async () => {
        const client = new Client(add({}));
        await client.prompt();
        await client.quiet(300);
        client.type('exit 0\n');
        const end = await client.end();
        assert.equal(end.status, 0, end.text);
        assert.equal(end.reason, '0');
});
