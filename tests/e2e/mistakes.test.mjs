// SPDX-License-Identifier: LGPL-2.1-or-later
// Lab files with mistakes: the page learns that it is our failure and nothing more, the journal file, line and reason.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, test } from 'node:test';
import { Client, until } from './client.mjs';
import { LABS, fileOf, format, newToken, sh, ssh, write } from './lab.mjs';

const good = () => format(ssh({ private_key: undefined, password: 'canary-mistake-b2' }));
const canary = 'canary-in-lab-file';

const mistakes = {
        'an unknown key': { text: `${good()}colour = "${canary}";\n`, reason: /colour/ },
        'a wrong type': { text: `${good()}timeout = "${canary}";\n`, reason: /timeout/ },
        'out of range': { text: `${good()}timeout = 100000000;\n`, reason: /timeout/ },
        'a port of 99999999999': { text: good().replace(/port = .*/, 'port = 99999999999;'), reason: /port/ },
        'an include': { text: `@include "/etc/passwd"\n${good()}`, reason: /include/ },
        'no syntax': { text: `${good()}name = = "${canary}";\n`, reason: /:\d+:/ },
        '65 KiB': { text: `${good()}# ${'x'.repeat(65 * 1024)}\n`, reason: /64|large|big|long/i },
        'nothing in it': { text: '', reason: /./ },
        'a NUL': { text: `${good()}\0`, reason: /./ },
        'writable by others': { text: good(), mode: 0o646, reason: /writ/ },
};

const special = {
        'a symlink': file => { fs.writeFileSync(`${LABS}/target`, good()); fs.symlinkSync(`${LABS}/target`, file); },
        'a FIFO': file => sh(`mkfifo -m 640 ${file} && chgrp labgate-porter ${file}`),
        'a directory': file => fs.mkdirSync(file),
};

async function refused(token, reason) {
        const began = performance.now();
        const client = new Client(token);
        const end = await client.end(6000);
        assert.equal(end.status, 0x0200, end.text);
        assert.equal(end.reason, '512');
        assert.ok(performance.now() - began < 3000, 'at once');
        assert.ok(!/canary|\/|\.conf|\d{2}/.test(end.text), `leaks: ${end.text}`);
        const file = fileOf(token);
        const lines = await until('the journal to say why', () => {
                const all = sh(`journalctl --sync; journalctl -b -o cat --all -g ${file.slice(-69, -5)} || true`);
                return all.trim() && all;
        }, 3000);
        assert.ok(lines.includes(file), lines);
        assert.match(lines, reason);
        assert.ok(!lines.includes(canary), `the journal repeats a value: ${lines}`);
}

for (const [name, { text, mode, reason }] of Object.entries(mistakes))
        test(name, { timeout: 20000 }, () => refused(write(newToken(), text, { mode }), reason));

for (const [name, make] of Object.entries(special))
        test(name, { timeout: 20000 }, () => {
                const token = newToken();
                make(fileOf(token));
                return refused(token, /./);
        });

// The other tests want labs that are fine.
after(() => sh(`rm -rf ${LABS}/*`));
