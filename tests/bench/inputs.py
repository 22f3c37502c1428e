#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""inputs.py DIRECTORY: what the session benchmark sends through a terminal; the same bytes on every machine."""

import random, sys

MEGABYTE = 1000 * 1000
WORDS = ('the of and lab session terminal kernel memory page buffer network a in to is was for with as on by at from '
         'value return static const struct error device driver interrupt 0x7f3a 1024 {} (void) != == -> /usr/lib').split()


def lines(size, make):
    parts, total = [], 0
    while total < size:
        line = make(len(parts)).encode()
        parts.append(line)
        total += len(line)
    return b''.join(parts)


def text(rng):
    return lines(50 * MEGABYTE, lambda i: ' '.join(rng.choices(WORDS, k=rng.randint(0, 16))) + '\n')


def listing(rng):
    def line(i):
        return ''.join(f'\x1b[0m\x1b[01;{rng.choice((31, 32, 34, 35, 36))}m{rng.choice(WORDS)}{i}\x1b[0m  ' for _ in range(6)) + '\n'
    return lines(10 * MEGABYTE, line)


def regions(rng):
    def line(i):
        return f'\x1b[5;35r\x1b[35;1H\n{i} {" ".join(rng.choices(WORDS, k=8))}' + ('\x1b[r' if i % 50 == 49 else '')
    return lines(10 * MEGABYTE, line) + b'\x1b[r\x1b[2J'


def reverse(rng):
    return lines(4 * MEGABYTE, lambda i: f'\x1b[H\x1bM{i} {" ".join(rng.choices(WORDS, k=8))}') + b'\x1b[2J'


def unicode(rng):
    alphabet = 'äöüßéèñçøåλπΩджзий日本語漢字한국어中文─│┌┐└┘█▓▒░←→↑↓✓✗€' + '\U0001f600\U0001f680'
    return lines(6 * MEGABYTE, lambda i: ''.join(rng.choices(alphabet, k=50)) + 'e\u0301\n')


for name, make in (('cat', text), ('listing', listing), ('regions', regions), ('reverse', reverse), ('unicode', unicode)):
    with open(f'{sys.argv[1]}/{name}', 'wb') as f:
        f.write(make(random.Random(name)))
