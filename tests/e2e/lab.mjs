// SPDX-License-Identifier: LGPL-2.1-or-later
// Lab files as a portal writes them, and the accounts of the machine that the labs lead to.

import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';

export const LABS = '/run/labgate/labs';
export const STATE = '/var/lib/labgate-test';

// Ports of the upstreams that setup starts.
export const PORTS = { ssh: 2201, rsa: 2202, other: 2203, mute: 2210, deaf: 2211, garbage: 2212, closed: 2219, late: 2220 };

export const read = name => fs.readFileSync(`${STATE}/${name}`, 'utf8').trim();
export const sh = (command, options) => execFileSync('sh', ['-c', command], { encoding: 'utf8', ...options });

export const newToken = () => randomBytes(24).toString('base64url');
export const fileOf = token => `${LABS}/${createHash('sha256').update(token).digest('hex')}.conf`;

const quote = text => `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
const value = v => Array.isArray(v) ? `[ ${v.map(value).join(', ')} ]` : typeof v === 'string' ? quote(v) : String(v);
export const format = settings => Object.entries(settings).map(([k, v]) => `${k} = ${value(v)};\n`).join('');

export function write(token, text, { mode = 0o640, group = 'labgate-porter' } = {}) {
        const file = fileOf(token);
        fs.writeFileSync(`${file}.new`, text, { mode });
        fs.chmodSync(`${file}.new`, mode);
        sh(`chgrp ${group} ${file}.new`);
        fs.renameSync(`${file}.new`, file);
        return token;
}

// A lab that works; settings changes it, undefined takes one away.
export function ssh(settings = {}) {
        const all = {
                name: 'test', protocol: 'ssh', hostname: '127.0.0.1', port: PORTS.ssh, username: 'training',
                private_key: fs.readFileSync(`${STATE}/key`, 'utf8'), host_key: [read('host-key')], ...settings,
        };
        for (const [name, v] of Object.entries(all))
                if (v === undefined)
                        delete all[name];
        return all;
}

export const add = (settings, options) => write(newToken(), format(ssh(settings)), options);
export const remove = token => fs.unlinkSync(fileOf(token));
