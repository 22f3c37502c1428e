#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Session, ssh plugin and a real sshd: one that says more than anybody reads (what a session then holds in memory, how
long the page waits for an echo, what it sees afterwards), and what labgate.conf says about text. argv is porter,
session, plugin directory. Needs root, for sshd. LABGATE_TEST_LONG=1 keeps the flood waiting for a minute."""

import os
import sys
import time

from page import World
from sshd import SSHD, Sshd, lab

PORTER, SESSION, PLUGINS = sys.argv[1:4]
SANITIZED = bool(os.environ.get("LABGATE_SANITIZED"))
STALLED = 60 if os.environ.get("LABGATE_TEST_LONG") else 20
GROWTH_MAX = 4 * 1024  # KiB


def memory(page):
    """KiB of the session that nobody else has."""
    with open(f"/proc/{page.process.pid}/status") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith(("RssAnon", "RssShmem")))


def flooded(world, seconds):
    """A session in the middle of a flood, read as fast as it goes."""
    page = world.open("t", "&width=1024&height=768")
    while page.wait("name", timeout=20)[1] != "flood":
        pass
    until = time.monotonic() + seconds
    frames = 0
    while time.monotonic() < until:
        page.pump()
        frames += sum(i[0] == "sync" for i in page.instructions)
        page.instructions.clear()
    assert frames > 5 * seconds, "no flood"
    return page


def echoes_come_through_a_flood(world, sshd):
    lab(world, sshd, "seq 100000000000")
    page = flooded(world, 2)
    took = []
    for n in range(60):
        begun = time.monotonic()
        page.say("", "ping", n)
        page.wait("", _1="ping", _2=str(n))
        took.append(time.monotonic() - begun)
    took.sort()
    print(f"# echo: median {took[30] * 1000:.1f} ms, 95 % {took[56] * 1000:.1f} ms, most {took[-1] * 1000:.1f} ms")
    assert took[30] < (0.5 if SANITIZED else 0.1), took
    assert took[-1] < 2, took


def blue_rows(instructions):
    """The rows of pixels that were last filled with blue over the whole width, or nearly."""
    rows = set()
    for n, i in enumerate(instructions):
        if i[0] == "rect" and int(i[4]) > 900:
            fill = next((f for f in instructions[n + 1:] if f[0] == "cfill"), None)
            blue = fill and int(fill[5]) > 100 > int(fill[3])
            (rows.update if blue else rows.difference_update)(range(int(i[3]), int(i[3]) + int(i[5])))
    return rows


def a_page_that_stops_reading_costs_little_and_sees_the_end(world, sshd):
    # In the middle of what nobody reads the flood ends and the screen turns blue.
    lab(world, sshd, f"timeout {STALLED - 5} seq 100000000000; printf '\\\\033[44m\\\\033[2J\\\\033[H'; sleep 60")
    page = flooded(world, 2)
    before = memory(page)
    most, until = 0, time.monotonic() + STALLED
    while time.monotonic() < until:
        time.sleep(0.2)
        most = max(most, memory(page))
    print(f"# memory: {before} KiB before, {most - before} KiB more while nothing was read")
    # Sanitizers keep what was freed.
    assert SANITIZED or most - before <= GROWTH_MAX
    page.instructions.clear()
    begun = time.monotonic()
    while len(blue_rows(page.instructions)) < 700:
        page.pump(20)
        assert time.monotonic() - begun < (6 if SANITIZED else 2), page.instructions[-5:]
    page.wait("sync")
    print(f"# right again after {(time.monotonic() - begun) * 1000:.0f} ms")


def labgate_conf_says_how_large_text_is_where_a_lab_does_not(world, sshd):
    with open(f"{world.path}/labgate.conf", "w") as f:
        f.write("font_size = 128;\n")
    for more, expected in (("", "128"), ("font_size = 9;\n", "9")):
        lab(world, sshd, "sleep 60", more)
        page = world.open("t")
        assert page.stream_text(page.wait("argv", _3="font-size")[1]) == expected


def main():
    if os.geteuid() != 0 or not os.path.exists(SSHD):
        print("1..0 # SKIP needs root and openssh-server")
        return 0
    sshd = Sshd()
    failed = 0
    tests = [labgate_conf_says_how_large_text_is_where_a_lab_does_not, echoes_come_through_a_flood,
             a_page_that_stops_reading_costs_little_and_sees_the_end]
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        world = World(PORTER, SESSION, PLUGINS)
        try:
            test(world, sshd)
            print(f"ok {number} - {test.__name__}", flush=True)
        except (AssertionError, EOFError, TimeoutError) as e:
            failed += 1
            print(f"not ok {number} - {test.__name__}\n# {e!r:.400}", flush=True)
        finally:
            world.close()
    sshd.close()
    return failed > 0


sys.exit(main())
