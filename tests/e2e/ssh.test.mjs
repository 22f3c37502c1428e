// SPDX-License-Identifier: LGPL-2.1-or-later
// ssh in use, seen from the lab machine: who logs in how, what is typed, pasted, resized, refused.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { Client, Guacamole, until } from './client.mjs';
import { PORTS, STATE, add, read, sh } from './lab.mjs';

const key = name => fs.readFileSync(`${STATE}/${name}`, 'utf8');
let n = 0;

// Runs a command in the terminal and gives its output, which goes by a file on the lab machine.
async function run(client, command) {
        const file = `/home/training/out-${++n}`;
        client.type(`(${command}) > ${file}.new 2>&1; mv ${file}.new ${file}\n`);
        await until(`${command} to run`, () => fs.existsSync(file));
        return fs.readFileSync(file, 'utf8').trim();
}

async function inSession(settings, body, parameters, ready = client => client.prompt()) {
        const client = new Client(add(settings), parameters);
        try {
                await ready(client);
                await client.quiet();
                return await body(client);
        } finally {
                await client.close();
        }
}

const it = (name, body) => test(name, { timeout: 60000 }, body);

it('a key, a name, a terminal of the right kind', () => inSession({}, async client => {
        assert.equal(await run(client, 'id -un'), 'training');
        assert.match(await run(client, 'echo $TERM'), /^(xterm-256color|linux|xterm)$/);
        assert.match(await run(client, 'tty'), /^\/dev\/pts\//);
        assert.ok(client.names.length > 0, 'the page learns the name');
}));

it('a password', () => inSession({ private_key: undefined, password: 'canary-password-7d1f' }, async client => {
        assert.equal(await run(client, 'id -un'), 'training');
}));

it('an ecdsa key', () => inSession({ private_key: key('ecdsa-key') }, async client => {
        assert.equal(await run(client, 'id -un'), 'training');
}));

it('a key with a passphrase', () =>
        inSession({ private_key: key('locked-key'), passphrase: 'canary-passphrase-55aa' }, async client => {
                assert.equal(await run(client, 'id -un'), 'training');
        }));

it('keyboard-interactive, answered from the lab file', () =>
        inSession({ port: PORTS.other, host_key: [read('host-key-ecdsa')], private_key: undefined,
                    password: 'canary-password-7d1f' }, async client => {
                assert.equal(await run(client, 'id -un'), 'training');
        }));

it('what the lab file leaves out is asked in the terminal', () =>
        inSession({ private_key: undefined, username: undefined }, async client => {
                client.type('training\n');
                await client.quiet(400);
                client.type('canary-password-7d1f\n');
                await client.prompt();
                assert.equal(await run(client, 'id -un'), 'training');
        }, {}, client => client.picture()));

it('a host with an RSA key only', async () => {
        const client = new Client(add({ port: PORTS.rsa, host_key: [read('host-key-rsa')] }));
        // libssh2-1t64 from Debian 13 on.
        const [version] = sh('dpkg-query -W -f \'${Version}\\n\' \'libssh2-1*\'').match(/\d+\.\d+/);
        if (Number(version.split('.')[1]) >= 11) {
                await client.prompt();
        } else {
                const end = await client.end();
                assert.match(end.text, /RSA/, 'says why');
        }
        await client.close();
});

it('typed text arrives, characters of all kinds', () => inSession({}, async client => {
        assert.equal(await run(client, 'echo \'ü ß € 日本 😀 "x" $\''), 'ü ß € 日本 😀 "x" $');
}));

it('paste, bracketed when asked for', () => inSession({}, async client => {
        client.type('cat > pasted\n');
        await client.quiet();
        client.paste('two\nlines of ünicode 😀\n');
        const paste = () => {
                client.client.sendKeyEvent(1, 0xFFE3);
                client.client.sendKeyEvent(1, 0xFFE1);
                client.key(0x56);
                client.client.sendKeyEvent(0, 0xFFE1);
                client.client.sendKeyEvent(0, 0xFFE3);
        };
        paste();
        await client.quiet();
        client.client.sendKeyEvent(1, 0xFFE3);
        client.key(0x64);
        client.client.sendKeyEvent(0, 0xFFE3);
        await client.quiet();
        assert.equal(await run(client, 'cat pasted'), 'two\nlines of ünicode 😀');
        client.type('printf \'\\e[?2004h\'; stty -icanon -echo; head -c 20 | cat -v > bracketed; stty sane\n');
        await client.quiet();
        client.paste('harmless');
        paste();
        await until('the pasted text', () => fs.existsSync('/home/training/bracketed') &&
                    fs.readFileSync('/home/training/bracketed', 'utf8').includes('201~'));
        assert.equal(fs.readFileSync('/home/training/bracketed', 'utf8'), '^[[200~harmless^[[201~');
}));

it('a resize reaches programs', () => inSession({}, async client => {
        const before = (await run(client, 'stty size')).split(' ').map(Number);
        client.client.sendSize(512, 384);
        await client.quiet(600);
        const after = (await run(client, 'stty size')).split(' ').map(Number);
        assert.ok(Math.abs(after[0] * 2 - before[0]) <= 2 && Math.abs(after[1] * 2 - before[1]) <= 2,
                  `${before} -> ${after}`);
}));

it('command instead of a shell, its exit status shown', async () => {
        const client = new Client(add({ command: 'touch ran; exit 3' }));
        const end = await client.end();
        assert.ok(fs.existsSync('/home/training/ran'));
        assert.match(end.text + JSON.stringify(client.instructions), /3/);
});

it('locale, timezone, terminal type', () =>
        inSession({ locale: 'C.UTF-8', terminal_type: 'xterm' }, async client => {
                assert.equal(await run(client, 'echo $TERM'), 'xterm');
        }, { timezone: 'Europe/Vienna' }));

for (const [name, settings, parameters] of [['in the lab file', { read_only: true }, {}],
                                           ['asked for by the page', {}, { read_only: 'true' }]])
        it(`read-only ${name} drops every input`, () => inSession(settings, async client => {
                const file = `/home/training/read-only-${++n}`;
                client.type(`touch ${file}\n`);
                client.paste(`touch ${file}\n`);
                client.client.sendMouseState(new Guacamole.Mouse.State(10, 10, true));
                client.client.createPipeStream('text/plain', 'STDIN');
                client.client.sendSize(300, 300);
                await client.quiet(400);
                assert.ok(!fs.existsSync(file));
                assert.equal(client.errors.length, 0);
        }, parameters));

it('read_only of the page cannot give rights back', () => inSession({ read_only: true }, async client => {
        client.type('touch /home/training/given-back\n');
        await client.quiet(400);
        assert.ok(!fs.existsSync('/home/training/given-back'));
}, { read_only: 'false' }));

it('the text of the screen goes to the page\'s clipboard by selection', () => inSession({}, async client => {
        client.type('clear; echo selectable-text\n');
        await client.quiet(300);
        const { Mouse } = Guacamole;
        client.client.sendMouseState(new Mouse.State(2, 4, true));
        client.client.sendMouseState(new Mouse.State(400, 4, true));
        client.client.sendMouseState(new Mouse.State(400, 4, false));
        await until('the clipboard', () => client.clipboard !== null);
        assert.match(client.clipboard, /selectable-text/);
}));

it('20 sessions at once', async () => {
        const token = add({});
        const clients = Array.from({ length: 20 }, () => new Client(token));
        await Promise.all(clients.map(c => c.prompt()));
        await Promise.all(clients.map(c => c.close()));
        await until('all to be gone', () => sh('systemctl list-units --plain --no-legend "labgate@*" || true') === '');
});
