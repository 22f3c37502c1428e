// SPDX-License-Identifier: LGPL-2.1-or-later
// Random output of programs, the same for the same seed. Each family keeps to a part of the language; what the two
// terminals are meant to treat differently (differences.json) is left out.

export function random(seed) {
        let a = seed >>> 0
        const next = () => {
                a = (a + 0x6d2b79f5) >>> 0
                let t = Math.imul(a ^ (a >>> 15), 1 | a)
                t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
                return ((t ^ (t >>> 14)) >>> 0) / 4294967296
        }
        const number = (n) => Math.floor(next() * n)
        return { number, pick: (list) => list[number(list.length)], chance: (p) => next() < p }
}

const WORDS = ['the', 'quick', 'brown', 'fox', 'jumps', 'over', 'lazy', 'dog', 'a', 'terminal', 'of', 'cells', 'x=1;',
        '~/src$']
const WIDE = ['中', '文', '日', '本', '語', '한', '글', '🙂', '🚀', '🎉', '，']
const NARROW = ['ä', 'ö', 'é', 'Ω', 'ж', '─', '│', '█', '✓', '→', '𝒳', '€']
const MARKS = ['\u0301', '\u0308', '\u0323', '\u200d', '\ufe0f']

const count = (r) => r.pick(['', '', '', '1', '2', '3', '5', '8', '20', '0', String(r.number(200)), '99999'])

function text(r) {
        const words = []
        for (let i = 1 + r.number(6); i > 0; i--)
                words.push(r.pick(WORDS))
        return words.join(' ')
}

function unicode(r, marks = MARKS) {
        let s = ''
        for (let i = 1 + r.number(10); i > 0; i--) {
                s += r.pick(r.pick([WIDE, WIDE, NARROW, WORDS]))
                while (marks.length > 0 && r.chance(0.2))
                        s += r.pick(marks)
        }
        return s
}

function sgr(r) {
        const parts = []
        for (let i = 1 + r.number(3); i > 0; i--)
                parts.push(r.pick([
                        () => '', () => '0', () => String(1 + r.number(9)), () => String(21 + r.number(9)),
                        () => String(30 + r.number(8)), () => String(40 + r.number(8)), () => String(90 + r.number(8)),
                        () => String(100 + r.number(8)), () => '39', () => '49', () => '53', () => '55',
                        () => `38;5;${r.number(256)}`, () => `48;5;${r.number(256)}`, () => `38:5:${r.number(256)}`,
                        () => `38;2;${r.number(256)};${r.number(256)};${r.number(256)}`,
                        () => `48;2;${r.number(256)};${r.number(256)};${r.number(256)}`,
                        () => `48:2::${r.number(256)}:${r.number(256)}:${r.number(256)}`,
                        () => `4:${r.number(6)}`, () => `58;5;${r.number(256)}`,
                ])())
        return `\x1b[${parts.join(';')}m`
}

const position = (r, size) => `\x1b[${1 + r.number(size.rows)};${1 + r.number(size.columns)}H`
const region = (r, size) => `\x1b[${r.number(size.rows + 2)};${r.number(size.rows + 2)}r`

const common = [
        [20, text], [6, () => '\r\n'], [3, () => '\n'], [2, () => '\r'], [2, () => '\b'], [2, () => '\t'], [8, sgr],
        [5, position],
        [4, (r) => `\x1b[${count(r)}${r.pick('ABCDEFGIZad`e')}`],
        [4, (r) => `${r.pick(['\x1b[', '\x1b[0', '\b\b\x1b[1', '\x1b[2'])}${r.pick('JK')}`],
        [4, (r) => `\x1b[${count(r)}${r.pick('@PXLMS')}`],
        [2, (r) => `\x1b[49m\x1b[${count(r)}T`],
        [2, (r) => `x\x1b[${r.pick(['', '1', '3', '40'])}b`],
        [2, region],
        [2, (r) => `\x1b${r.pick(['D', 'E', 'M', 'M', 'H'])}`],
        [1, (r) => `\x1b[${r.pick(['0', '3'])}g`],
        [1, (r) => `\x1b[${r.pick(['4', '?7', '?25', '?1', '?2004', '?5', '?1002', '?12', '99', '?4711'])}${r.pick('hl')}`],
        [1, (r) => `\b\x1b[${count(r)}${r.pick(["'}", "'~", ' @', ' A'])}`],
        [1, () => '\x1b]0;a title\x07'],
        [1, () => '\x1b]8;;http://lab.example/\x1b\\link\x1b]8;;\x1b\\'],
        [1, () => '\x1b[>c\x1bP$q"p\x1b\\\x1b_apc\x1b\\'], [1, () => '\x1b[3\x18\x1b[\x1b[1;2;3?z\x7f'],
        [1, () => '\x1b[3J'], [0.3, () => '\x1b[!p'], [0.2, () => '\x1bc'], [0.2, () => '\x1b[?6l\x1b[24m\x1b#8'],
        [2, (r) => `\x1b(0${r.pick(['lqqk', 'x x', 'mqqj', 'abc`~'])}\x1b(B`],
]

const withoutUnderlines = (s) => s.replace(/(\x1b\[|;)(4:\d|4|21|24)(?=[;m])/g, (all, before) => `${before}3`)

const families = {
        plain: { scrollback: 100, parts: common },
        unicode: {
                scrollback: 100,
                parts: [...common.filter(([, make]) => !String(make).includes('?7')), [40, (r) => unicode(r)],
                        [2, (r) => `\x1b[4${r.pick('hl')}`],
                        [2, (r) => `${r.pick(WIDE)}\x1b[${r.number(5)}b`]],
        },
        saved: {
                scrollback: 0,
                parts: [...common.map(([weight, make]) => [weight, (r, size) => withoutUnderlines(make(r, size))]),
                        [5, (r) => `\x1b${r.pick(['7', '8', '[s', '[u', '[?1048h', '[?1048l'])}`],
                        [2, (r) => `\x1b[?${r.pick(['47', '1047', '1049'])}${r.pick('hl')}`]],
        },
        shift: {
                scrollback: 20,
                parts: [...common, [5, (r) => r.pick(['\x0e', '\x0f', '\x1b)0', '\x1b)B', '\x1b(A', '\x1bn', '\x1b*0'])]],
        },
        origin: {
                scrollback: 20,
                parts: [[20, text], [5, () => '\r\n'], [3, sgr], [5, position], [3, region],
                        [2, () => '\x1b[?6h'], [1, () => '\x1b[?6l'],
                        [2, (r) => `\x1b[${count(r)}${r.pick('@PXS')}`], [2, (r) => `\x1b[${r.pick(['', '1', '2'])}K`]],
        },
        newline: {
                scrollback: 20,
                parts: [[20, text], [5, () => '\n'], [2, sgr], [2, (r) => `\x1b[20${r.pick('hl')}`], [2, position]],
        },
}

function choose(r, parts) {
        let at = r.number(1e6) / 1e6 * parts.reduce((sum, [weight]) => sum + weight, 0)
        for (const [weight, make] of parts)
                if ((at -= weight) < 0)
                        return make
        return parts[0][1]
}

function program(r, family, size, length) {
        let s = ''
        for (let i = 0; i < length; i++)
                s += choose(r, family.parts)(r, size)
        return s
}

// Lines that wrap, and sizes to see them in.
function resized(r) {
        const lines = []
        for (let i = r.number(60); i > 0; i--)
                lines.push([sgr(r), r.chance(0.3) ? unicode(r, []) : '',
                        ...Array.from({ length: r.number(6) }, () => text(r)), '\x1b[m'].join(''))
        const size = () => ({ columns: 2 + r.number(130), rows: 2 + r.number(40) })
        const sizes = Array.from({ length: 1 + r.number(3) }, size)
        return { input: lines.join('\r\n') + '\r\n', resizes: sizes, scrollback: 5000 }
}

export function generate(seed) {
        const r = random(seed)
        const size = r.pick([{ columns: 80, rows: 24 }, { columns: 20, rows: 6 }, { columns: 7, rows: 3 },
                { columns: 125, rows: 41 }, { columns: 2, rows: 2 }])
        const names = [...Object.keys(families), 'resize']
        const name = names[seed % names.length]
        const run = (family) => ({ input: program(r, family, size, 5 + r.number(150)), resizes: [],
                scrollback: family.scrollback })
        const made = name === 'resize' ? resized(r) : run(families[name])
        return { name: `${name}-${seed}`, ...size, ...made, input: Buffer.from(made.input) }
}
