// SPDX-License-Identifier: LGPL-2.1-or-later
// upgrade.mjs TOKEN DEB...: three people work in their terminals while the packages are upgraded. None of them notices;
// whoever comes after gets the new program.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import { Client, until } from '../e2e/client.mjs';

const [token, ...debs] = process.argv.slice(2);
const session = '/usr/libexec/labgate/session';
let n = 0;

async function works(client) {
        const file = `/home/training/works-${++n}`;
        client.type(`touch ${file}\n`);
        await until('a command to run', () => fs.existsSync(file));
        assert.equal(client.errors.length, 0);
}

// Programs of all sessions: inodes.
const programs = () => fs.readdirSync('/proc').filter(pid => /^\d+$/.test(pid)).flatMap(pid => {
        try {
                return fs.readlinkSync(`/proc/${pid}/exe`).startsWith(session) ? [fs.statSync(`/proc/${pid}/exe`).ino] : [];
        } catch {
                return [];
        }
});
const listed = () => JSON.parse(execFileSync('labgate', ['sessions', '--json']));

const people = [];
for (let i = 0; i < 3; i++) {
        const client = new Client(token);
        await client.prompt();
        people.push(client);
}
const before = fs.statSync(session).ino;
assert.deepEqual(programs(), [before, before, before]);
const ids = listed().map(s => s.session);
assert.equal(ids.length, 3);

const apt = spawn('apt-get', ['-q', '-y', '-o', 'Dpkg::Use-Pty=0', 'install', ...debs], { stdio: 'inherit' });
const done = new Promise(resolve => apt.on('exit', resolve));
let over = false;
done.then(() => { over = true; });
while (!over)
        for (const client of people)
                await works(client);
assert.equal(await done, 0, 'apt');

const after = fs.statSync(session).ino;
assert.notEqual(after, before, 'the program was not replaced');
for (const client of people)
        await works(client);
assert.deepEqual(listed().map(s => s.session), ids, 'the porter forgot somebody');
const late = new Client(token);
await late.prompt();
await works(late);
assert.deepEqual(programs().sort(), [after, before, before, before].sort(), 'the new session does not run the new program');
for (const client of [...people, late])
        await client.close();
await until('all sessions to be gone', () => listed().length === 0);
console.log(`${n} commands, none lost`);
process.exit(0);
