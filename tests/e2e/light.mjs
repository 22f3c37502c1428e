// SPDX-License-Identifier: LGPL-2.1-or-later
// A browser that draws nothing and keeps nothing, for tests with hundreds of them; and how such tests look at systemd.

import fs from 'node:fs';
import { after } from 'node:test';
import { load } from './npm.mjs';
import { sleep, until } from './client.mjs';
import { sh } from './lab.mjs';

const WebSocket = load('ws');
const ORIGIN = process.env.LABGATE_TEST_ORIGIN ?? 'http://127.0.0.1:8080';
const URL_BASE = `${ORIGIN.replace('http', 'ws')}/labgate/ws`;
// Straight to systemd's socket, where nginx is no part of what is measured.
export const SOCKET_BASE = 'ws+unix:/run/labgate/session.sock:/ws';

const all = new Set();
// What a failed test left open would keep its file from ending.
after(() => {
        for (const light of all)
                light.socket.terminate();
});

export class Light {
        constructor(token, { base = URL_BASE, ...options } = {}) {
                this.at = {}; // performance.now() of what happened first
                this.pictures = 0;
                all.add(this);
                this.began = performance.now();
                this.socket = new WebSocket(`${base}?token=${token}&width=800&height=600&dpi=96`, 'guacamole',
                                            { perMessageDeflate: false, origin: ORIGIN, ...options });
                this.socket.on('open', () => this.mark('upgrade'));
                this.socket.on('message', data => this.message(data.toString()));
                this.socket.on('error', error => { this.error ??= error.message; });
                this.closed = new Promise(resolve => this.socket.on('close', (code, reason) => {
                        this.mark('close');
                        this.code = code;
                        all.delete(this);
                        resolve(reason.toString());
                }));
        }

        mark(name) {
                this.at[name] ??= performance.now();
        }

        message(text) {
                this.mark('byte');
                this.uuid ??= /^0\.,36\.([0-9a-f-]{36});/.exec(text)?.[1];
                if (text.includes('5.error,'))
                        this.error ??= text;
                if (text.includes('4.name,5.ready;'))
                        this.mark('prompt');
                if (text.includes('3.img,'))
                        this.pictures++;
                for (const [, stamp] of text.matchAll(/4\.sync,(\d+\.\d+)/g))
                        this.socket.send(`4.sync,${stamp};`);
        }

        alive(what, condition, ms) {
                return until(what, () => {
                        if (this.error || this.at.close)
                                throw new Error(`${what}: ended: ${this.error ?? this.code}`);
                        return condition();
                }, ms);
        }

        prompt(ms) {
                return this.alive('the prompt', () => this.at.prompt, ms);
        }

        type(text) {
                for (const character of text) {
                        const keysym = String(character === '\n' ? 0xFF0D : character.charCodeAt(0));
                        this.socket.send(`3.key,${keysym.length}.${keysym},1.1;3.key,${keysym.length}.${keysym},1.0;`);
                }
        }

        // The lab answers to a key.
        echo(ms) {
                const before = this.pictures;
                this.type('x');
                return this.alive('an echo', () => this.pictures > before, ms);
        }

        async close() {
                this.socket.terminate();
                await this.closed;
        }
}

export async function open(n, token, options) {
        const opened = Array.from({ length: n }, () => new Light(token, options));
        await Promise.all(opened.map(light => light.prompt(60000)));
        return opened;
}

export const closeAll = lights => Promise.all(lights.map(light => light.close()));

export const units = () => sh('systemctl list-units --all --plain --no-legend "labgate@*"').split('\n').filter(Boolean)
        .map(line => line.split(' ')[0]);
export const noUnits = ms => until('all sessions to be gone', () => units().length === 0, ms);

// Those whose programs were replaced as well.
export function sessionPids() {
        return fs.readdirSync('/proc').filter(pid => {
                try {
                        return /^\/usr\/libexec\/labgate\/session( \(deleted\))?$/.test(fs.readlinkSync(`/proc/${pid}/exe`));
                } catch {
                        return false;
                }
        }).map(Number);
}

// Not by its unit: systemd shall find out by itself.
export async function pidOf(light) {
        await until('the uuid', () => light.uuid);
        return until('its record', () => {
                const line = sh(`journalctl --sync; journalctl -b -o json LABGATE_SESSION=${light.uuid} _COMM=session -n 1`);
                return line.trim() && Number(JSON.parse(line.trim().split('\n').at(-1))._PID);
        });
}

export const middle = (values, part = 0.5) =>
        [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];
export const round = (x, digits = 1) => Number(x.toFixed(digits));
export { sleep };
