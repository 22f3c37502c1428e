// SPDX-License-Identifier: LGPL-2.1-or-later
// Feeds the same bytes to our terminal (terminal-dump) and to @xterm/headless and compares every cell: characters,
// width, colours, attributes; wrapped rows; the cursor. What may differ is named in differences.json, each with an
// input that shows that it still does. Prints TAP.
//
// node differential.mjs TERMINAL-DUMP CACHE [CASES [FIRST-SEED]]

import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate } from './generate.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const [dump, cache, cases = '600', firstSeed = '1'] = process.argv.slice(2)

function modules() {
        const lock = join(cache, 'package-lock.json')
        const fresh = existsSync(join(cache, 'node_modules')) && existsSync(lock) &&
                readFileSync(lock, 'utf8') === readFileSync(join(here, 'package-lock.json'), 'utf8')
        if (!fresh) {
                mkdirSync(cache, { recursive: true })
                for (const name of ['package.json', 'package-lock.json'])
                        copyFileSync(join(here, name), join(cache, name))
                execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
                        { cwd: cache, stdio: ['ignore', 2, 2] })
        }
        return createRequire(join(cache, 'package.json'))
}

const load = modules()
const { Terminal } = load('@xterm/headless')
const { Unicode11Addon } = load('@xterm/addon-unicode11')

let strict = false // excuse nothing

function colour(cell, ground) {
        const value = cell[`get${ground}Color`]()
        return cell[`is${ground}Default`]() ? 0 : cell[`is${ground}RGB`]() ? 2 * 2 ** 24 + value : 2 ** 24 + value
}

function attributes(cell) {
        // differences.json, "link-underline": a link shows as a dashed underline of its own.
        const linked = !strict && cell.extended.urlId !== 0
        const shown = cell.isUnderline() ? cell.extended.underlineStyle || 1 : 0
        const underline = linked ? (cell.extended._ext >> 26) & 7 : shown
        const bits = [cell.isBold(), cell.isDim(), cell.isItalic(), underline && underline !== 2, cell.isBlink(),
                cell.isInverse(), cell.isInvisible(), cell.isStrikethrough(), underline === 2, cell.isOverline()]
        return bits.reduce((sum, bit, i) => sum + (bit ? 1 << i : 0), 0)
}

function theirRow(buffer, y, columns) {
        const line = buffer.getLine(y), cells = []
        for (let x = 0; x < columns; x++) {
                const cell = line.getCell(x)
                cells.push([cell.getChars(), cell.getWidth(), colour(cell, 'Fg'), colour(cell, 'Bg'), attributes(cell)])
        }
        return { wrapped: y + 1 < buffer.length && buffer.getLine(y + 1).isWrapped, cells }
}

async function theirs(c) {
        const t = new Terminal({ cols: c.columns, rows: c.rows, scrollback: c.scrollback, allowProposedApi: true,
                reflowCursorLine: true, logLevel: 'off' })
        t.loadAddon(new Unicode11Addon())
        t.unicode.activeVersion = '11'
        await new Promise((done) => t.write(c.input, done))
        let { columns } = c
        for (const size of c.resizes) {
                t.resize(size.columns, size.rows)
                columns = size.columns
        }
        const buffer = t.buffer.active, rows = []
        for (let y = 0; y < buffer.length; y++)
                rows.push(theirRow(buffer, y, columns))
        const result = { rows, cursor: [Math.min(buffer.cursorX, columns - 1), buffer.cursorY] }
        t.dispose()
        return result
}

function ours(c) {
        const sizes = c.resizes.map((size) => `${size.columns}x${size.rows}`)
        const run = spawnSync(dump, [`${c.columns}x${c.rows}`, String(c.scrollback), ...sizes],
                { input: c.input, maxBuffer: 1 << 28 })
        if (run.status !== 0)
                throw new Error(`terminal-dump: status ${run.status} signal ${run.signal} ${run.stderr}`)
        const lines = run.stdout.toString().trimEnd().split('\n').map((line) => JSON.parse(line))
        return { rows: lines.slice(0, -1), cursor: lines.at(-1).cursor }
}

const isBlank = (row) => row.cells.every(([text]) => text === '')

// differences.json, "half-wide": xterm.js leaves halves of wide characters behind, we never do.
function isHalf(cells, x) {
        const spacerAlone = cells[x][1] === 0 && !(x > 0 && cells[x - 1][1] === 2)
        const wideAlone = cells[x][1] === 2 && !(x + 1 < cells.length && cells[x + 1][1] === 0)
        return spacerAlone || wideAlone
}

// differences.json, "reflow-blanks": text alone counts at the end of a row.
function textOnly(row) {
        let end = row.cells.length
        while (end > 0 && row.cells[end - 1][0] === '' && row.cells[end - 1][1] === 1)
                end--
        return { ...row, cells: row.cells.map((cell, x) => x < end ? cell : ['', 1, 0, 0, 0]) }
}

function compareRows(a, b, y) {
        if (a.cells.length !== b.cells.length)
                return `row ${y} has ${a.cells.length} cells, not ${b.cells.length}`
        for (let x = 0; x < a.cells.length; x++) {
                if (!strict && isHalf(b.cells, x))
                        continue
                if (JSON.stringify(a.cells[x]) !== JSON.stringify(b.cells[x]))
                        return `row ${y} column ${x}: ${JSON.stringify(a.cells[x])}, not ${JSON.stringify(b.cells[x])}`
        }
        return null
}

// After a resize the rows must be the same; where the window and the cursor stand in them is "reflow-window".
function trimmed(rows) {
        let end = rows.length
        while (end > 0 && isBlank(rows[end - 1]))
                end--
        return rows.slice(0, end).map(textOnly)
}

function compare(a, b, resized) {
        const loose = resized && !strict
        const [mine, other] = loose ? [trimmed(a.rows), trimmed(b.rows)] : [a.rows, b.rows]
        for (let y = 0; y < Math.min(mine.length, other.length); y++) {
                const reason = compareRows(mine[y], other[y], y)
                if (reason)
                        return reason
        }
        if (mine.length !== other.length)
                return `${mine.length} rows, not ${other.length}`
        if (!loose && JSON.stringify(a.cursor) !== JSON.stringify(b.cursor))
                return `cursor at ${a.cursor}, not ${b.cursor}`
        return null
}

let number = 0, failures = 0

function report(ok, name, reason) {
        number++
        if (!ok)
                failures++
        console.log(`${ok ? 'ok' : 'not ok'} ${number} - ${name}`)
        if (!ok && reason)
                console.log(`# ${reason}`)
}

async function check(c) {
        try {
                return compare(ours(c), await theirs(c), c.resizes.length > 0)
        } catch (error) {
                return String(error)
        }
}

// A program takes its screen away when it ends, so a recording is looked at in the middle, too.
const LOOKS = 12

async function checkRecorded(c) {
        for (let look = 1; look <= LOOKS; look++) {
                const end = Math.round(c.input.length * look / LOOKS)
                const reason = await check({ ...c, input: c.input.subarray(0, end) })
                if (reason)
                        return `after ${end} bytes: ${reason}`
        }
        return null
}

// recorded/NAME-COLUMNSxROWS
for (const file of readdirSync(join(here, 'recorded')).sort()) {
        const [, columns, rows] = file.match(/-(\d+)x(\d+)$/).map(Number)
        const c = { columns, rows, scrollback: 1000, resizes: [], input: readFileSync(join(here, 'recorded', file)) }
        const reason = await checkRecorded(c)
        report(!reason, `recorded ${file}`, reason)
}

for (const difference of JSON.parse(readFileSync(join(here, 'differences.json'), 'utf8'))) {
        if (difference.unseen) {
                report(true, `difference ${difference.name} # SKIP ${difference.unseen}`)
                continue
        }
        const c = { columns: 20, rows: 6, scrollback: 50, resizes: [], ...difference,
                input: Buffer.from(difference.input, 'latin1') }
        strict = true
        report(await check(c), `difference ${difference.name}`, 'is none any more, take it off the list')
        strict = false
}

let generated = 0
for (let seed = Number(firstSeed); seed < Number(firstSeed) + Number(cases); seed++) {
        const c = generate(seed), reason = await check(c)
        if (reason)
                report(false, `generated ${c.name}`, `${c.columns}x${c.rows} ${JSON.stringify(c.resizes)} ${reason}`)
        else
                generated++
}
report(generated === Number(cases), `${generated} of ${cases} generated cases from seed ${firstSeed}`)

console.log(`1..${number}`)
process.exitCode = failures > 0 ? 1 : 0
