// SPDX-License-Identifier: LGPL-2.1-or-later

// One session: the stock Guacamole client, its display, mouse and clipboard. Knows nothing of the page around it.

import Guacamole from './guacamole-common.js';

const IMAGES = ['image/png', 'image/jpeg', 'image/webp'];
const { Status, Tunnel } = Guacamole;

// For ends that came without a word from labgate: the tunnel's own.
const TEXTS = {
        [Status.Code.UPSTREAM_TIMEOUT]: 'The server has not answered for a while.',
        [Status.Code.UPSTREAM_NOT_FOUND]: 'The server cannot be reached, or the connection to it was lost.',
        [Status.Code.UPSTREAM_UNAVAILABLE]: 'The server is not available at the moment.',
};

export class Session {
        constructor({ desk, display, parameters, onState, onName, onClipboard, onTouch, onEnd }) {
                this.desk = desk;
                this.place = display;
                this.on = { onState, onName, onClipboard, onTouch, onEnd };
                this.ended = false;
                this.connected = false;
                this.closed = false;
                this.answered = false;

                this.path = new URL('ws', location.href).pathname;
                this.tunnel = new Guacamole.WebSocketTunnel(this.path);
                this.client = new Guacamole.Client(this.tunnel);
                this.display = this.client.getDisplay();
                this.place.replaceChildren(this.display.getElement());
                this.display.onresize = () => this.fit();

                this.followState();
                this.client.onname = name => this.on.onName(name);
                this.client.onclipboard = (stream, type) => this.readClipboard(stream, type);
                this.listenToMouse();
                this.client.connect(this.query(parameters));
        }

        query(parameters) {
                const { width, height, ratio } = this.size();
                this.sent = { width, height };
                const query = new URLSearchParams(parameters);
                query.set('width', width);
                query.set('height', height);
                query.set('dpi', Math.round(96 * ratio));
                query.set('timezone', Intl.DateTimeFormat().resolvedOptions().timeZone ?? '');
                query.delete('image');
                for (const type of IMAGES)
                        query.append('image', type);
                query.delete('audio');
                for (const type of Guacamole.AudioPlayer.getSupportedTypes())
                        query.append('audio', type);
                return query.toString();
        }

        // ---- state ----

        followState() {
                this.tunnel.onstatechange = state => {
                        if (state === Tunnel.State.CLOSED)
                                this.end(new Status(Status.Code.SUCCESS));
                        else if (state === Tunnel.State.UNSTABLE)
                                this.on.onState('unstable');
                        else if (state === Tunnel.State.OPEN) {
                                this.answered = true;
                                this.on.onState(this.connected ? 'connected' : 'waiting');
                        }
                };
                this.client.onstatechange = state => {
                        if (state !== Guacamole.Client.State.CONNECTED || this.ended)
                                return;
                        this.connected = true;
                        this.on.onState('connected');
                };
                // An error instruction comes before the tunnel's end and says more: the first one counts.
                this.client.onerror = status => this.end(status);
                this.tunnel.onerror = status => this.end(status);
        }

        async end(status) {
                if (this.ended)
                        return;
                this.ended = true;
                const failed = status.isError();
                const busy = failed && !this.answered ? await this.askWhy() : '';
                const text = failed ? busy || status.message || TEXTS[status.code] || 'The connection was lost.' : '';
                if (!this.closed)
                        this.on.onEnd({ failed, text, status: status.code });
        }

        // No browser shows a page why its WebSocket was refused; to an ordinary request a busy service says it in words.
        async askWhy() {
                try {
                        const answer = await fetch(this.path, { signal: AbortSignal.timeout(5000) });
                        return answer.status === 503 ? (await answer.text()).trim() : '';
                } catch {
                        return '';
                }
        }

        disconnect() {
                this.client.disconnect();
        }

        // Without a word to the page, which has moved on.
        close() {
                this.ended = this.closed = true;
                this.client.disconnect();
        }

        // ---- picture ----

        size() {
                const ratio = devicePixelRatio || 1;
                return {
                        ratio,
                        width: Math.max(1, Math.floor(this.desk.clientWidth * ratio)),
                        height: Math.max(1, Math.floor(this.desk.clientHeight * ratio)),
                };
        }

        sendSize() {
                const { width, height } = this.size();
                if (this.ended || (width === this.sent.width && height === this.sent.height))
                        return;
                this.sent = { width, height };
                this.client.sendSize(width, height);
        }

        // One desktop pixel is one pixel of the screen; a desktop that is larger than the window is made smaller.
        fit() {
                const { width, height, ratio } = this.size();
                const [dw, dh] = [this.display.getWidth(), this.display.getHeight()];
                if (!dw || !dh)
                        return;
                this.display.scale(Math.min(1, width / dw, height / dh) / ratio);
                this.place.classList.toggle('smaller', dw < width * 0.9 && dh < height * 0.9);
        }

        // ---- input ----

        listenToMouse() {
                const element = this.display.getElement();
                const mouse = new Guacamole.Mouse(element);
                const touch = new Guacamole.Mouse.Touchscreen(element);
                const send = event => {
                        if (!this.ended)
                                this.client.sendMouseState(event.state, true);
                };
                mouse.onEach(['mousedown', 'mousemove', 'mouseup'], send);
                touch.onEach(['mousedown', 'mousemove', 'mouseup'], send);
                mouse.on('mousedown', () => this.on.onTouch());
                // The pointer is the browser's own, in the lab's shape: it never lags.
                this.display.showCursor(false);
                this.display.oncursor = (canvas, x, y) => mouse.setCursor(canvas, x, y);
                element.addEventListener('contextmenu', event => event.preventDefault());
        }

        // True if the lab has it.
        sendKey(pressed, keysym) {
                if (!this.ended)
                        this.client.sendKeyEvent(pressed, keysym);
                return !this.ended;
        }

        typeKey(keysym) {
                this.sendKey(1, keysym);
                this.sendKey(0, keysym);
        }

        // ---- clipboard; not by Guacamole's StringWriter and StringReader, which mangle characters beyond U+FFFF ----

        sendClipboard(text) {
                if (this.ended)
                        return;
                const writer = new Guacamole.ArrayBufferWriter(this.client.createClipboardStream('text/plain'));
                writer.sendData(new TextEncoder().encode(text));
                writer.sendEnd();
        }

        readClipboard(stream, type) {
                if (!type.startsWith('text/plain'))
                        return stream.sendAck('Only text', Status.Code.UNSUPPORTED);
                const reader = new Guacamole.ArrayBufferReader(stream);
                const decoder = new TextDecoder();
                let text = '';
                reader.ondata = buffer => { text += decoder.decode(buffer, { stream: true }); };
                reader.onend = () => this.on.onClipboard(text + decoder.decode());
        }
}
