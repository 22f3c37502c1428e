// SPDX-License-Identifier: LGPL-2.1-or-later

// The page: what it shows and its controls. All text from outside goes through textContent.

import { Clipboard } from './clipboard.js';
import { Keyboard } from './keyboard.js';
import { Session } from './session.js';

const RESIZE_DELAY_MS = 150;

const STATES = {
        connecting: 'Connecting',
        waiting: 'Waiting for the lab',
        connected: '',
        unstable: 'The network is slow',
        ended: 'Disconnected',
        failed: 'Disconnected',
};

const element = id => document.getElementById(id);

// The token lives in the fragment, which no browser sends anywhere. A link that has it in the query works as well, and
// is rewritten, so that it does not travel on in a Referer or a bookmark.
function takeParameters() {
        const query = new URLSearchParams(location.search);
        const parameters = new URLSearchParams(location.hash.slice(1));
        for (const [name, value] of query)
                parameters.append(name, value);
        if (query.size ?? [...query].length)
                history.replaceState(null, '', `${location.pathname}#${parameters}`);
        return parameters;
}

const isTrue = text => ['true', '1', 'yes'].includes(text?.toLowerCase());

class Page {
        constructor() {
                this.session = null;
                this.clipboard = new Clipboard(text => this.session?.sendClipboard(text),
                                               keysym => this.session?.typeKey(keysym));
                this.keyboard = new Keyboard((pressed, keysym) => this.session?.sendKey(pressed, keysym) ?? false);
                element('reconnect-button').addEventListener('click', () => this.connect());
                element('disconnect-button').addEventListener('click', () => this.session?.disconnect());
                element('full-screen-button').addEventListener('click', () => this.toggleFullScreen());
                new ResizeObserver(() => this.resize()).observe(element('desk'));
                addEventListener('resize', () => this.resize());
                addEventListener('pagehide', () => this.session?.disconnect());
                addEventListener('hashchange', () => this.connect());
        }

        connect() {
                const parameters = takeParameters();
                this.session?.close();
                this.show('connecting');
                this.setName('Lab');
                element('message').hidden = true;
                element('view-only').hidden = !isTrue(parameters.get('read_only'));
                this.session = new Session({
                        desk: element('desk'),
                        display: element('display'),
                        parameters,
                        onState: state => this.show(state),
                        onName: name => this.setName(name),
                        onClipboard: text => this.clipboard.receive(text),
                        onTouch: () => this.keyboard.focus(),
                        onEnd: end => this.end(end),
                });
                this.keyboard.focus();
                this.clipboard.offer();
        }

        show(state) {
                document.body.dataset.state = state;
                element('state').textContent = STATES[state];
        }

        setName(name) {
                element('name').textContent = name;
                document.title = name;
        }

        end({ failed, text, status }) {
                this.keyboard.reset();
                this.show(failed ? 'failed' : 'ended');
                document.body.dataset.status = status;
                element('message-title').textContent = failed ? 'The session could not go on' : 'The session has ended';
                element('message-text').textContent = text;
                element('message-status').textContent =
                        failed ? `Status 0x${status.toString(16).toUpperCase().padStart(4, '0')}` : '';
                element('message').hidden = false;
                element('reconnect-button').focus();
        }

        resize() {
                this.session?.fit();
                clearTimeout(this.resizing);
                this.resizing = setTimeout(() => this.session?.sendSize(), RESIZE_DELAY_MS);
        }

        async toggleFullScreen() {
                if (document.fullscreenElement)
                        return document.exitFullscreen();
                await document.documentElement.requestFullscreen();
                // Escape and Ctrl+W belong to the lab then, where the browser can do that.
                navigator.keyboard?.lock?.().catch(() => {});
        }
}

new Page().connect();
