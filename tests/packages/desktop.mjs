// SPDX-License-Identifier: LGPL-2.1-or-later
// desktop.mjs TOKEN: opens a VNC desktop with an xterm on it, sees its picture and types into it.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { Client, Guacamole, sleep } from '../e2e/client.mjs';

const [token] = process.argv.slice(2);
const file = '/tmp/was-at-the-desktop';
const client = new Client(token);
await client.picture();
await client.quiet(500);
client.client.sendMouseState(new Guacamole.Mouse.State(200, 200, false, false, false, false, false));
const deadline = Date.now() + 20000;
while (!fs.existsSync(file)) {
        assert.ok(Date.now() < deadline, 'keys do not arrive');
        assert.equal(client.errors.length, 0, String(client.errors));
        client.type(`touch ${file}\n`);
        await sleep(1000);
}
process.exit(0);
