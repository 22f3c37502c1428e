// SPDX-License-Identifier: LGPL-2.1-or-later
// After everything the other tests did: the journal has one opening and one end of each session, and explains them.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { sleep } from './client.mjs';
import { Light, noUnits, pidOf } from './light.mjs';
import { add, newToken, sh } from './lab.mjs';

const source = fs.readFileSync(new URL('../../src/base/journal.h', import.meta.url), 'utf8');
const ids = Object.fromEntries([...source.matchAll(/JOURNAL_SESSION_(\w+)\s+"([0-9a-f]{32})"/g)].map(m => [m[1], m[2]]));

const find = match => sh(`journalctl --sync; journalctl -b -o json ${match} || true`, { maxBuffer: 1 << 29 })
        .split('\n').filter(Boolean).map(line => JSON.parse(line));

const count = records => {
        const sessions = new Map();
        for (const { LABGATE_SESSION } of records)
                sessions.set(LABGATE_SESSION, (sessions.get(LABGATE_SESSION) ?? 0) + 1);
        return sessions;
};

// Alone, this file has something to count as well: a session that is left, one that is killed, one that is refused.
test('of each session one opening and one end', { timeout: 90000 }, async t => {
        const [left, killed] = [new Light(add({})), new Light(add({}))];
        await Promise.all([left.prompt(), killed.prompt()]);
        await left.close();
        process.kill(await pidOf(killed), 'SIGKILL');
        await killed.closed;
        await new Light(newToken()).closed;
        await noUnits();
        await sleep(300);
        const opened = count(find(`MESSAGE_ID=${ids.OPENED}`));
        const ends = find(`MESSAGE_ID=${ids.ENDED}`);
        const ended = count(ends);
        const lost = ends.filter(record => record.SYSLOG_IDENTIFIER === 'labgate-porter').length;
        t.diagnostic(`${opened.size} sessions, ${lost} of them lost`);
        assert.ok(opened.size >= 2 && lost >= 1);
        assert.deepEqual([...opened].filter(([, n]) => n !== 1), [], 'opened more than once');
        assert.deepEqual([...ended].filter(([, n]) => n !== 1), [], 'ended more than once');
        assert.deepEqual([...opened.keys()].filter(id => !ended.has(id)), [], 'never ended');
        assert.deepEqual([...ended.keys()].filter(id => !opened.has(id)), [], 'never opened');
});

test('the journal explains each kind of record', () => {
        const texts = { OPENED: 'was opened', CONNECTED: 'is connected', ENDED: 'session ended', REFUSED: 'was refused' };
        assert.deepEqual(Object.keys(ids).sort(), Object.keys(texts).sort());
        for (const [name, id] of Object.entries(ids)) {
                assert.match(sh(`journalctl --list-catalog ${id}`), new RegExp(texts[name]));
                const [record] = find(`MESSAGE_ID=${id} -n 1`);
                const shown = sh(`journalctl -b -x --no-pager -n 1 MESSAGE_ID=${id}`);
                assert.match(shown, /Defined-By: labgate/);
                assert.match(shown, new RegExp(`Subject: .*${texts[name]}`));
                assert.ok(shown.includes(record.LABGATE_LAB ?? record.LABGATE_REASON), shown);
        }
});
