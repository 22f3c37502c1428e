// SPDX-License-Identifier: LGPL-2.1-or-later
// A person at an rdp lab moves a window by its title and reads up and down in it: real mouse events of Chromium, a real
// window manager, and in the end the pixels of xrdp's screen in the page.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sleep, until } from './client.mjs';
import { Browser } from './page.mjs';
import { difference, inside, machines, place, start, withXrdp } from './rdp.mjs';

const TITLE = 'moved';
const [WAY_X, WAY_Y] = [160, 230];
let browser;

before(async () => {
        machines();
        browser = await Browser.start();
});
after(() => browser.stop());

// A title bar over a window full of text.
async function furnish() {
        const stops = [start('openbox')];
        await until('the window manager', () => inside('xprop -root _NET_SUPPORTING_WM_CHECK').includes('window id'));
        stops.push(start(`xterm -T ${TITLE} -sl 2000 -geometry 80x20+350+110 -e "seq -f %012.0f 1 1500; sleep 600"`));
        await until('the window', () => inside('xwininfo -root -tree').includes(`"${TITLE}"`) && place(TITLE).y > 110);
        return () => stops.reverse().forEach(stop => stop());
}

// A point of the lab's screen in the page.
const point = (page, x, y) => page.tab.evaluate(([x, y]) => {
        const { left, top } = document.querySelector('#display canvas').getBoundingClientRect();
        return [left + x, top + y];
}, [x, y]);

async function drag(page, { x, y, width }) {
        const { mouse } = page.tab;
        const [left, top] = await point(page, x + width / 2, y - 8);
        await mouse.move(left, top);
        await mouse.down();
        for (let i = 1; i <= 40; i++) {
                await mouse.move(left + WAY_X * i / 40, top + WAY_Y * i / 40);
                await sleep(10);
        }
        await mouse.up();
}

// Several notches of the wheel.
async function scroll(page, notches) {
        for (let i = 0; i < Math.abs(notches); i++) {
                await page.tab.mouse.wheel(0, 120 * Math.sign(notches));
                await sleep(20);
        }
        await page.quiet(600);
}

async function moveAndRead(page) {
        const clear = await furnish();
        try {
                await page.quiet();
                const from = place(TITLE);
                await drag(page, from);
                await until('the window in its new place', () => place(TITLE).y === from.y + WAY_Y);
                assert.deepEqual(place(TITLE), { ...from, x: from.x + WAY_X, y: from.y + WAY_Y });
                await page.tab.mouse.move(...await point(page, from.x + WAY_X + 200, from.y + WAY_Y + 100));
                await page.quiet(600);
                await page.shot('rdp-window-moved');
                assert.equal(await difference(page), 0, 'moved');

                const bottom = await page.hash();
                await scroll(page, -12);
                const above = await page.hash();
                await page.shot('rdp-window-scrolled');
                assert.equal(await difference(page), 0, 'scrolled');
                await scroll(page, 5);
                assert.equal(await difference(page), 0, 'scrolled back a bit');
                await scroll(page, 7);
                assert.notEqual(above, bottom);
                assert.equal(await page.hash(), bottom);
        } finally {
                clear();
        }
}

// xrdp's graphics pipeline, which it has since 0.10, loses.
test('a window is moved and read', { timeout: 60000 }, () =>
        withXrdp(browser, { disable_gfx: true }, {}, moveAndRead));
