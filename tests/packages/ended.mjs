// SPDX-License-Identifier: LGPL-2.1-or-later
// ended.mjs TOKEN: labgate sessions lists who is there, labgate kill ends them, and they read why.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { Client } from '../e2e/client.mjs';

const labgate = (...words) => JSON.parse(execFileSync('labgate', [...words, '--json']));
const [token] = process.argv.slice(2);

for (const words of [s => [s.session], s => [s.unit], s => ['--lab', s.lab]]) {
        const client = new Client(token);
        await client.prompt();
        const [session] = labgate('sessions');
        assert.equal(session.lab, 'web-1');
        assert.equal(session.protocol, 'ssh');
        assert.equal(session.upstream, '127.0.0.1:2222');
        assert.equal(session.remote_address, '127.0.0.1');
        assert.match(session.unit, /^labgate@.*\.service$/);
        assert.match(session.status, /^web-1: /);
        const ended = client.end();
        assert.deepEqual(labgate('kill', ...words(session)), { killed: [session.session] });
        const end = await ended;
        assert.equal(end.status, 0x020B, end.text);
        assert.match(end.text, /administrator/);
        assert.equal(labgate('sessions').length, 0);
}
process.exit(0);
