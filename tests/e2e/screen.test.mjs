// SPDX-License-Identifier: LGPL-2.1-or-later
// What a person sees and does: Chromium, the shipped page, the stock client. Screenshots stay as artefacts to look at.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { until } from './client.mjs';
import { PORTS, add, newToken, read, sh } from './lab.mjs';
import { Browser, exists } from './page.mjs';

const HOME = '/home/training';
let browser;

before(async () => { browser = await Browser.start(); });
after(() => browser.stop());

const it = (name, body) => test(name, { timeout: 90000 }, body);

async function withPage(settings, options, body) {
        const page = await browser.open(add(settings), options);
        try {
                await page.prompt();
                await body(page);
                assert.deepEqual(page.troubles, [], 'no error on the page');
        } finally {
                await page.close();
        }
}

it('a prompt, typed text, programs', () => withPage({}, {}, async page => {
        await page.shot('prompt');
        const prompt = await page.look();
        assert.ok(prompt.colours > 2, 'a prompt is drawn');
        await page.type('echo hello from the page > typed');
        await page.quiet();
        assert.notDeepEqual(await page.look(), prompt, 'typed text appears');
        await page.enter('');
        await exists('the typed command', `${HOME}/typed`);
        await page.enter('ls -la --color=always / /etc | tail -30');
        await page.shot('ls');

        await page.enter('for i in $(seq 0 255); do printf \'\\e[48;5;%dm%4d\\e[0m\' $i $i; done; echo');
        await page.shot('colours-256');
        assert.ok((await page.look()).colours > 200, 'all colours');

        await page.enter('clear; printf \'\\e[1mbold\\e[0m \\e[3mitalic\\e[0m \\e[4munderlined\\e[0m \\e[9mstruck\\e[0m ' +
                         '\\e[7mreverse\\e[0m 日本語 한국어 ελληνικά русский 😀 ─│┌┐└┘ ▁▂▃▄▅▆▇█ é\\n\'');
        await page.shot('styles');
}));

for (const [name, command, quit] of [['vim', 'vim -u /usr/share/vim/vim9?/defaults.vim /etc/nginx/nginx.conf', ':q!\n'],
                                     ['htop', 'htop -d 100', 'q'],
                                     ['mc', 'mc -u', null],
                                     ['less', 'less /etc/services', 'q'],
                                     ['dialog', 'dialog --menu Choose 15 50 6 a first b second c third', '\n'],
                                     ['tmux', 'tmux -f /dev/null new "top -b -n 1 | head -40; sleep 100"', null]])
        it(`${name} looks right, and the screen comes back`, () => withPage({}, {}, async page => {
                await page.enter(`command -v ${name} > /dev/null && clear`);
                const before = await page.hash();
                await page.type(`clear; ${command}`);
                await page.tab.keyboard.press('Enter');
                await until('the program to draw', async () => (await page.look()).ground < 0.97);
                await page.tab.waitForTimeout(600);
                await page.shot(name);
                if (name === 'htop' || !quit)
                        return;
                await page.type(quit);
                await page.enter('clear');
                assert.equal(await page.hash(), before, 'as before the program');
        }));

// After any sequence of frames the picture is what a fresh one of the same terminal would be: a second page, attached
// to the same tmux, gets all of it in one.
it('the picture equals the terminal\'s state', async () => {
        const token = add({ command: 'tmux -f /dev/null -L same new -A -s same' });
        const first = await browser.open(token);
        await first.connected();
        for (const line of ['tmux -L same set -g status off', 'ls -la --color=always /etc', 'seq 1 3000',
                            'for i in $(seq 60); do printf "\\e[$((i % 20));$((i * 3 % 90))H\\e[4$((i % 8))mx$i\\e[0m"; done',
                            'printf "\\e[5;15r\\e[15H"; seq 200; printf "\\e[r\\e[20H"',
                            'printf "\\e[3;8H\\e[2L\\e[5M\\e[10@\\e[4P\\e[1;31mmixed\\e[0m\\n\\n\\n"'])
                await first.enter(line);
        const second = await browser.open(token);
        await second.connected();
        await first.quiet(500);
        await first.shot('same-1');
        await second.shot('same-2');
        assert.equal(await second.hash(), await first.hash());
        await first.close();
        await second.close();
        sh('runuser -u training -- tmux -L same kill-server || true');
});

it('paste and copy', () => withPage({}, {}, async page => {
        await page.tab.evaluate(() => navigator.clipboard.writeText('echo pasted ü😀 > pasted-here'));
        await page.tab.keyboard.press('Control+Shift+V');
        await page.tab.keyboard.press('Enter');
        await exists('the pasted command', `${HOME}/pasted-here`);
        assert.equal(fs.readFileSync(`${HOME}/pasted-here`, 'utf8'), 'pasted ü😀\n');

        await page.enter('clear; echo; echo copy-this-ü');
        const box = await page.tab.locator('#display canvas').first().boundingBox();
        for (const y of [8, 24, 40, 56])
                await page.tab.mouse.move(box.x + 5, box.y + y);
        await page.tab.mouse.move(box.x + 2, box.y + 4);
        await page.tab.mouse.down();
        await page.tab.mouse.move(box.x + 600, box.y + 70, { steps: 5 });
        await page.tab.mouse.up();
        await page.shot('selection');
        await until('the browser\'s clipboard', async () =>
                (await page.tab.evaluate(() => navigator.clipboard.readText())).includes('copy-this-ü'));
}));

it('a resize of the window reflows', () => withPage({}, {}, async page => {
        await page.enter('clear; stty size > size-1; printf "%0.s0123456789" $(seq 12)');
        await page.shot('resize-before');
        await page.tab.setViewportSize({ width: 640, height: 480 });
        await page.tab.waitForTimeout(600);
        await page.quiet();
        await page.shot('resize-after');
        const look = await page.look();
        assert.ok(Math.abs(look.width - 640) < 20, `${look.width} wide`);
        await page.enter('');
        await page.enter('stty size > size-2');
        await exists('the second size', `${HOME}/size-2`);
        const [one, two] = [1, 2].map(i => fs.readFileSync(`${HOME}/size-${i}`, 'utf8').trim().split(' ').map(Number));
        assert.ok(two[1] < one[1] * 0.7 && two[0] < one[0] * 0.7, `${one} -> ${two}`);
}));

it('sharp on a screen of high density', () => withPage({}, { scale: 2, width: 800, height: 500 }, async page => {
        await page.enter('ls --color=always /');
        await page.shot('high-density');
        const { width } = await page.look();
        assert.ok(Math.abs(width - 1600) < 30, `${width} pixels for 800`);
}));

it('scrollback by the wheel', () => withPage({}, {}, async page => {
        await page.enter('clear; seq 500');
        const bottom = await page.hash();
        await page.tab.mouse.move(300, 300);
        await page.tab.mouse.wheel(0, -600);
        await page.quiet();
        assert.notEqual(await page.hash(), bottom);
        await page.shot('scrolled');
        await page.tab.keyboard.press('Enter');
        await page.quiet();
}));

for (const [name, settings, status, pattern] of [
        ['no such lab', null, 0x0204, /./],
        ['connection refused', { port: PORTS.closed }, 0x0207, /refused/i],
        ['login refused', { private_key: undefined, password: 'canary-wrong-31c4' }, 0x0301, /./],
        ['another host key', { host_key: [`SHA256:${'A'.repeat(43)}`] }, 0x0208, /host key/i],
        ['host silent', { port: PORTS.deaf, timeout: 2 }, 0x0202, /./]])
        it(`the page says it: ${name}`, async () => {
                const page = await browser.open(settings ? add(settings) : newToken());
                await until('the end', async () => (await page.state()) === 'failed');
                await until('the close', async () => (await page.message()).closes.length);
                const message = await page.message();
                await page.shot(`failed-${status.toString(16)}`);
                assert.equal(message.status, status, message.text);
                assert.match(message.text, pattern);
                assert.equal(message.closes[0].reason, String(status));
                await page.close();
        });

it('connect again', async () => {
        const page = await browser.open(add({}));
        await page.prompt();
        await page.enter('exit');
        await until('the end', async () => (await page.state()) === 'ended');
        await page.shot('ended');
        await page.tab.click('#reconnect-button');
        await page.prompt();
        await page.enter('touch again');
        await exists('the second session', `${HOME}/again`);
        await page.close();
});
