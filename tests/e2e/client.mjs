// SPDX-License-Identifier: LGPL-2.1-or-later
// The stock Guacamole client in node: its real tunnel, parser, client and display, on a document that draws nothing.
// For all cases that need no picture.

import { after } from 'node:test';
import { load } from './npm.mjs';

const { WebSocket } = load('ws');

export const ORIGIN = process.env.LABGATE_TEST_ORIGIN ?? 'http://127.0.0.1:8080';
export const WAIT_MS = 10000;

// Answers every property and every call with itself: canvases, contexts, elements, styles.
const nothing = new Proxy(function () {}, {
        get: (_, name) => name === Symbol.toPrimitive ? () => 0 : name === 'then' ? undefined : nothing,
        set: () => true,
        apply: () => nothing,
        construct: () => nothing,
});

const element = () => new Proxy({ style: {}, width: 0, height: 0 }, {
        get: (own, name) => name in own ? own[name] : nothing,
        set: (own, name, value) => { own[name] = value; return true; },
});

// Remembers how its connection ended, which the tunnel tells nobody.
class Socket extends WebSocket {
        constructor(url, protocols) {
                super(url, protocols, { origin: ORIGIN });
                Socket.last = this;
                // In a browser nobody has to listen.
                this.addEventListener('error', () => {});
                this.addEventListener('close', event => { this.closed = { code: event.code, reason: event.reason }; });
        }
}

const url = new URL(ORIGIN);
globalThis.window = Object.assign(globalThis, {
        WebSocket: Socket,
        location: { protocol: url.protocol, host: url.host, pathname: '/labgate/' },
        addEventListener() {},
        createImageBitmap: async () => ({ width: 1, height: 1, close() {} }),
        document: { createElement: element, hasFocus: () => false, addEventListener() {}, body: nothing },
});
export const Guacamole = load('guacamole-common-js');

const { State } = Guacamole.Tunnel;
export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

export async function until(what, condition, ms = WAIT_MS) {
        const deadline = Date.now() + ms;
        for (;;) {
                const value = await condition();
                if (value)
                        return value;
                if (Date.now() > deadline)
                        throw new Error(`${what}: not within ${ms} ms`);
                await sleep(20);
        }
}

const clients = [];

// What a failed test has left open would keep this process, and its sessions, for ever.
after(() => clients.forEach(client => client.socket.terminate()));

export class Client {
        // parameters: of the query, beside token, width and height
        constructor(token, parameters = {}) {
                this.errors = []; // of the client: what labgate said
                this.instructions = [];
                this.pings = []; // round trips in ms
                this.names = [];
                this.clipboard = null;
                this.tunnel = new Guacamole.WebSocketTunnel('/labgate/ws');
                this.client = new Guacamole.Client(this.tunnel);
                this.watch();
                const query = new URLSearchParams({ token, width: 1024, height: 768, dpi: 96, ...parameters });
                this.started = performance.now();
                this.client.connect(query.toString());
                this.socket = Socket.last;
                this.watchPings();
                clients.push(this);
        }

        watch() {
                this.ended = new Promise(resolve => {
                        this.tunnel.onstatechange = state => {
                                if (state === State.UNSTABLE)
                                        this.unstable = true;
                                if (state === State.CLOSED)
                                        resolve();
                        };
                });
                this.tunnel.onerror = status => { this.tunnelError = status; };
                this.client.onerror = status => this.errors.push(status);
                this.client.onname = name => this.names.push(name);
                this.client.onclipboard = stream => {
                        const reader = new Guacamole.ArrayBufferReader(stream);
                        const parts = [];
                        reader.ondata = part => parts.push(Buffer.from(part));
                        reader.onend = () => { this.clipboard = Buffer.concat(parts).toString(); };
                };
                const handle = this.tunnel.oninstruction;
                this.tunnel.oninstruction = (opcode, parameters) => {
                        this.instructions.push([opcode, ...parameters]);
                        handle(opcode, parameters);
                };
        }

        // The tunnel keeps its pings to itself; their echoes carry the time they were sent.
        watchPings() {
                this.socket.addEventListener('message', event => {
                        for (const [, sent] of String(event.data).matchAll(/0\.,4\.ping,\d+\.(\d+);/g))
                                this.pings.push(Date.now() - Number(sent));
                });
        }

        count(opcode) {
                return this.instructions.filter(([o]) => o === opcode).length;
        }

        // The first picture; notices while connecting are pictures, too.
        picture() {
                return this.alive('the first picture', () => this.count('img') > 0 && this.count('sync') > 0);
        }

        // The shell of the account `training` has shown its prompt.
        prompt() {
                return this.alive('the prompt', () => this.names.includes('ready'));
        }

        alive(what, condition, ms) {
                return until(what, () => {
                        if (this.errors.length)
                                throw new Error(`ended: ${this.errors[0].message} (${this.errors[0].code})`);
                        return condition();
                }, ms);
        }

        async quiet(ms = 150) {
                for (let before = -1; before !== this.instructions.length;) {
                        before = this.instructions.length;
                        await sleep(ms);
                }
        }

        key(keysym) {
                this.client.sendKeyEvent(1, keysym);
                this.client.sendKeyEvent(0, keysym);
        }

        type(text) {
                for (const character of text) {
                        const code = character.codePointAt(0);
                        this.key(character === '\n' ? 0xFF0D : code < 0x100 ? code : 0x01000000 + code);
                }
        }

        paste(text) {
                const writer = new Guacamole.StringWriter(this.client.createClipboardStream('text/plain'));
                writer.sendText(text);
                writer.sendEnd();
        }

        // How it ended: what the person reads, and the close frame.
        async end(ms = WAIT_MS) {
                let timer;
                const late = new Promise((_, reject) => {
                        timer = setTimeout(() => reject(new Error(`still there after ${ms} ms`)), ms);
                });
                // A timer that is left keeps its file from ending.
                await Promise.race([this.ended, late]).finally(() => clearTimeout(timer));
                await until('the close frame', () => this.socket.closed, 3000);
                const [error] = this.errors;
                return { status: error?.code ?? 0, text: error?.message ?? '', ...this.socket.closed };
        }

        async close() {
                this.client.disconnect();
                this.socket.terminate();
                await until('the socket\'s end', () => this.socket.readyState === 3, 3000);
        }
}
