// SPDX-License-Identifier: LGPL-2.1-or-later

// The clipboard both ways. Three ways in: the browser's paste event (works everywhere, asks nobody), reading when the
// window gets the focus (only where the person has allowed it), and the panel. Nothing is read without being asked.

const KEYSYM_INSERT = 0xFF63;

const element = id => document.getElementById(id);

// What a paste key is here. The key itself follows the text to the lab.
function pasteKey(event) {
        if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'v')
                return event.key.charCodeAt(0);
        if (event.shiftKey && !event.ctrlKey && event.key === 'Insert')
                return KEYSYM_INSERT;
        return null;
}

export class Clipboard {
        constructor(send, typeKey) {
                this.send = send;
                this.typeKey = typeKey;
                this.known = null; // what both sides have
                this.unwritten = null; // came while the browser did not let us write
                this.awaited = null; // paste key whose paste event is on its way
                addEventListener('keydown', event => this.keydown(event), true);
                // Not keyup: a key that went down in the lab has to come up there.
                for (const type of ['keypress', 'compositionend'])
                        addEventListener(type, event => this.guard(event), true);
                addEventListener('input', event => this.input(event), true);
                addEventListener('paste', event => this.paste(event), true);
                addEventListener('focus', () => this.offer());
                addEventListener('pointerdown', () => this.flush(), true);
                element('clipboard-button').addEventListener('click', () => this.toggle());
                element('clipboard-read-button').addEventListener('click', () => this.read());
                element('clipboard-write-button').addEventListener('click',
                        () => this.write(element('clipboard-text').value));
        }

        toggle() {
                const panel = element('clipboard');
                panel.hidden = !panel.hidden;
                element('clipboard-button').setAttribute('aria-expanded', String(!panel.hidden));
                if (panel.hidden)
                        element('clipboard-button').blur();
                else
                        element('clipboard-text').focus();
        }

        // ---- to the lab ----

        // Keys for the page's own controls never reach the lab.
        guard(event) {
                if (!event.target.closest?.('#clipboard, #message, #bar'))
                        return false;
                event.stopImmediatePropagation();
                return true;
        }

        // Held back from the lab, until the browser has said what is on the clipboard.
        keydown(event) {
                if (this.guard(event)) {
                        if (event.key === 'Escape' && !element('clipboard').hidden)
                                this.toggle();
                        return;
                }
                const key = pasteKey(event);
                if (key === null)
                        return;
                event.stopImmediatePropagation();
                if (event.repeat)
                        return;
                this.awaited = key;
                setTimeout(() => this.pasted(), 100);
        }

        // Stopped as well, because the keyboard takes all text that appears anywhere for typed.
        input(event) {
                if (this.guard(event) && event.target.id === 'clipboard-text')
                        this.give(event.target.value);
        }

        paste(event) {
                if (event.target.closest?.('#clipboard'))
                        return;
                event.preventDefault();
                const text = event.clipboardData?.getData('text/plain');
                if (text)
                        this.give(text);
                this.pasted();
        }

        pasted() {
                if (this.awaited === null)
                        return;
                this.typeKey(this.awaited);
                this.awaited = null;
        }

        give(text) {
                this.known = text;
                this.send(text);
                this.showText(text);
        }

        // On focus and on a new connection; silently only.
        async offer() {
                this.flush();
                try {
                        const permission = await navigator.permissions.query({ name: 'clipboard-read' });
                        if (permission.state === 'granted' && document.hasFocus())
                                await this.read(true);
                } catch {
                        // Not every browser has this permission; the paste event is there.
                }
        }

        async read(onlyNews) {
                try {
                        const text = await navigator.clipboard.readText();
                        if (text && !(onlyNews && text === this.known))
                                this.give(text);
                } catch {
                        element('clipboard-text').focus();
                }
        }

        // ---- from the lab ----

        receive(text) {
                this.known = text;
                this.showText(text);
                this.write(text);
        }

        async write(text) {
                this.unwritten = null;
                try {
                        await navigator.clipboard.writeText(text);
                } catch {
                        this.unwritten = text;
                }
        }

        flush() {
                if (this.unwritten !== null)
                        this.write(this.unwritten);
        }

        showText(text) {
                const area = element('clipboard-text');
                if (document.activeElement !== area)
                        area.value = text;
        }
}
