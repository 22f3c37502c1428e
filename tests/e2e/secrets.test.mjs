// SPDX-License-Identifier: LGPL-2.1-or-later
// Last of all: after everything the other tests did, no secret is anywhere where it could be read.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { Client } from './client.mjs';
import { STATE, add, read, sh } from './lab.mjs';

const keyLine = read('key').split('\n')[2];

test('no secret in journal, nginx\'s logs, argv, environ', { timeout: 60000 }, async () => {
        const token = add({ password: 'canary-password-7d1f' });
        const client = new Client(token);
        await client.prompt();
        const canaries = { token, password: 'canary-password', passphrase: 'canary-passphrase', wrong: 'canary-wrong',
                           mistake: 'canary-mistake', key: keyLine };
        sh('journalctl --sync');
        const places = {
                journal: sh('journalctl -b -o verbose --all --no-pager _COMM=session + _COMM=porter + UNIT=labgate.socket ' +
                            '+ SYSLOG_IDENTIFIER=labgate + SYSLOG_IDENTIFIER=labgate-porter + _COMM=systemd',
                            { maxBuffer: 1 << 28 }),
                access: fs.readFileSync('/var/log/nginx/access.log', 'utf8'),
                error: fs.readFileSync('/var/log/nginx/error.log', 'utf8'),
        };
        for (const pid of fs.readdirSync('/proc').filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)) {
                for (const file of ['cmdline', 'environ']) {
                        try {
                                places[`/proc/${pid}/${file}`] = fs.readFileSync(`/proc/${pid}/${file}`, 'latin1');
                        } catch {
                                // Processes end.
                        }
                }
        }
        assert.ok(places.journal.includes('labgate'), 'there is a journal at all');
        for (const [place, text] of Object.entries(places))
                for (const [what, canary] of Object.entries(canaries))
                        assert.ok(!text.includes(canary), `${what} in ${place}`);
        await client.close();
});

test('no token of the whole run in nginx\'s logs', () => {
        for (const file of ['access.log', 'error.log']) {
                const text = fs.readFileSync(`/var/log/nginx/${file}`, 'utf8');
                assert.ok(!/token=/.test(text), file);
        }
});

test('lab files are the porter\'s alone', () => {
        assert.match(sh('stat -c "%U:%G %a" /run/labgate/labs /etc/labgate/labs'), /^(root:labgate-porter 750\n){2}$/);
        assert.throws(() => sh('runuser -u www-data -- ls /run/labgate/labs', { stdio: 'pipe' }));
});
