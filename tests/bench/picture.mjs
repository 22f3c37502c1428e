// SPDX-License-Identifier: LGPL-2.1-or-later
// What a browser would have shown at two places of the picture, from all that came: the numbers that painter.c wrote
// there. Read when the measuring is over, so that decoding takes no time from what is measured.

import { load } from '../e2e/npm.mjs';

const sharp = load('sharp');
const BLOCK = 16;

function* instructions(text) {
        for (let at = 0; at < text.length;) {
                const elements = [];
                for (let end = ','; end === ','; at++) {
                        const dot = text.indexOf('.', at);
                        const length = Number(text.slice(at, dot));
                        elements.push(text.slice(dot + 1, dot + 1 + length));
                        at = dot + 1 + length;
                        end = text[at];
                }
                yield elements;
        }
}

// A row of blocks; pixels are their brightness.
class Strip {
        constructor(x, y, n) {
                Object.assign(this, { x, y, n, width: n * BLOCK, height: BLOCK, pixels: new Uint8Array(n * BLOCK * BLOCK).fill(128) });
        }

        common(x, y, width, height) {
                const left = Math.max(this.x, x);
                const top = Math.max(this.y, y);
                const box = { left, top, width: Math.min(this.x + this.width, x + width) - left,
                              height: Math.min(this.y + this.height, y + height) - top };
                return box.width > 0 && box.height > 0 ? box : null;
        }

        put(box, brightness) {
                for (let row = 0; row < box.height; row++)
                        for (let column = 0; column < box.width; column++)
                                this.pixels[(box.top - this.y + row) * this.width + box.left - this.x + column] = brightness(row, column);
        }

        // Null unless each block is clearly black or white.
        bits() {
                let value = 0;
                for (let i = 0; i < this.n; i++) {
                        let sum = 0;
                        for (let row = 4; row < 12; row++)
                                for (let column = 4; column < 12; column++)
                                        sum += this.pixels[row * this.width + i * BLOCK + column];
                        const mean = sum / 64;
                        if (mean > 80 && mean < 175)
                                return null;
                        value = value * 2 + (mean > 127 ? 1 : 0);
                }
                return value;
        }
}

class Picture {
        constructor(width, height) {
                this.strips = [new Strip(0, 0, 32), new Strip(width - 16 * BLOCK, height - BLOCK, 16)];
                this.streams = new Map();
                this.counts = { pictures: 0, png: 0, jpeg: 0, webp: 0, copies: 0, fills: 0 };
        }

        async draw(x, y, file) {
                const head = await sharp(file).metadata();
                for (const strip of this.strips) {
                        const box = strip.common(x, y, head.width, head.height);
                        if (!box)
                                continue;
                        const { data, info } = await sharp(file).extract({ ...box, left: box.left - x, top: box.top - y })
                                .toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
                        strip.put(box, (row, column) => data[(row * box.width + column) * info.channels + (info.channels > 1 ? 1 : 0)]);
                }
        }

        copy(sx, sy, width, height, x, y) {
                for (const strip of this.strips) {
                        const box = strip.common(x, y, width, height);
                        const from = box && this.strips.find(s => s.x <= box.left + sx - x && s.y <= box.top + sy - y &&
                                s.x + s.width >= box.left + sx - x + box.width && s.y + s.height >= box.top + sy - y + box.height);
                        if (!box)
                                continue;
                        const old = from?.pixels.slice();
                        strip.put(box, (row, column) => from ? old[(box.top + sy - y + row - from.y) * from.width + box.left + sx - x + column - from.x] : 128);
                }
        }

        async take([opcode, ...argv]) {
                const numbers = argv.map(Number);
                if (opcode === 'img' && numbers[2] === 0) {
                        this.streams.set(argv[0], { x: numbers[4], y: numbers[5], blobs: [] });
                        this.counts.pictures++;
                        this.counts[argv[3].replace('image/', '')]++;
                } else if (opcode === 'blob')
                        this.streams.get(argv[0])?.blobs.push(Buffer.from(argv[1], 'base64'));
                else if (opcode === 'end' && this.streams.has(argv[0])) {
                        const { x, y, blobs } = this.streams.get(argv[0]);
                        this.streams.delete(argv[0]);
                        await this.draw(x, y, Buffer.concat(blobs));
                } else if (opcode === 'rect' && numbers[0] === 0)
                        this.rect = numbers.slice(1);
                else if (opcode === 'cfill' && numbers[1] === 0 && this.rect) {
                        for (const strip of this.strips) {
                                const box = strip.common(...this.rect);
                                if (box)
                                        strip.put(box, () => numbers[3]);
                        }
                        this.counts.fills++;
                        this.rect = null;
                } else if (opcode === 'copy' && numbers[0] === 0 && numbers[6] === 0) {
                        this.copy(...numbers.slice(1, 5), numbers[7], numbers[8]);
                        this.counts.copies++;
                }
        }

        state() {
                const upper = this.strips[0].bits();
                return { number: upper === null ? null : Math.floor(upper / 65536), pointer: upper === null ? null : upper % 65536,
                         lower: this.strips[1].bits() };
        }
}

// The state after each frame: [{ at, number, pointer, lower }], and what it was made of.
export async function replay(records, width, height) {
        const picture = new Picture(width, height);
        const states = [];
        for (const { at, text } of records)
                for (const instruction of instructions(text)) {
                        await picture.take(instruction);
                        if (instruction[0] === 'sync')
                                states.push({ at, ...picture.state() });
                }
        return { states, counts: picture.counts };
}
