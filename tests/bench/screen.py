#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""screen.py changes|pages: a full-screen program for 20 seconds: ten changes a second, or ten pages a second."""

import random, sys, time

SECONDS = 20
rng = random.Random(1)
words = 'cpu mem swap load session porter kernel idle wait steal user nice 42 1024 99.5%'.split()
sys.stdout.write('\x1b[?1049h\x1b[2J')
for tick in range(SECONDS * 10):
    if sys.argv[1] == 'pages':
        page = '\r\n'.join(' '.join(rng.choices(words, k=18))[:120] for _ in range(38))
        sys.stdout.write(f'\x1b[H\x1b[2J{page}')
    else:
        for row in range(6):
            bar = '|' * rng.randint(0, 40)
            sys.stdout.write(f'\x1b[{2 + row};5H\x1b[3{row % 7 + 1}m{bar:40}\x1b[0m {rng.random():6.2f}%')
        sys.stdout.write(f'\x1b[{10 + tick % 25};1H\x1b[7m{tick:6} {" ".join(rng.choices(words, k=8)):80}\x1b[0m')
    sys.stdout.flush()
    time.sleep(0.1)
sys.stdout.write('\x1b[?1049l')
