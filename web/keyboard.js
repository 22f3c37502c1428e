// SPDX-License-Identifier: LGPL-2.1-or-later

// The stock Guacamole keyboard on the whole document, one for all sessions: it cannot be detached.

import Guacamole from './guacamole-common.js';

export class Keyboard {
        // send answers whether the key has gone to a lab; what has not is left to the browser.
        constructor(send) {
                const keyboard = new Guacamole.Keyboard(document);
                this.keyboard = keyboard;
                keyboard.onkeydown = keysym => !send(1, keysym);
                keyboard.onkeyup = keysym => send(0, keysym);
                addEventListener('blur', () => this.reset());
                // Where input methods, dead keys and on-screen keyboards put their text.
                this.sink = new Guacamole.InputSink();
                document.body.append(this.sink.getElement());
                keyboard.listenTo(this.sink.getElement());
        }

        // Nothing is held down any more.
        reset() {
                this.keyboard.reset();
        }

        focus() {
                this.sink.focus();
        }
}
