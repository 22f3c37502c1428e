#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every allocation and every call to the kernel of a session's life fails once: it must never die by a signal nor hang,
and the page hears of the end or nothing is wrong. Without LABGATE_TEST_LONG only allocations of our own code are made to
fail, and only a part of all. argv is porter, session, faults.so, plugin directory, plugin (testcard, moviecard, or ssh,
which needs root for sshd), and for hunting: what fails, first, last."""

import collections
import concurrent.futures
import os
import subprocess
import sys
import threading
import time

from page import Page, World
from sshd import SSHD, Sshd, lab

PORTER, SESSION, FAULTS, PLUGINS, PLUGIN = sys.argv[1:6]
LONG = bool(os.environ.get("LABGATE_TEST_LONG"))
AT_ONCE = 3
STEP = 1 if LONG or len(sys.argv) > 6 else 3 if PLUGIN == "testcard" else 6
SETTING = ("font-size", "MTU=") if PLUGIN == "ssh" else ("seed", "Nw==")


class FaultyPage(Page):
    """A page whose session has one call that fails."""

    def __init__(self, world, of, at):
        self.log = open(f"{world.path}/{of}-{at}.log", "w+b")
        self.faults = {"LD_PRELOAD": FAULTS, "FAULT_OF": of, "FAULT_AT": str(at)}
        super().__init__(world, "", upgrade=False)

    def start(self, command, fd, env):
        faults = [f"{name}={value}" for name, value in self.faults.items()]
        return super().start(["env", *faults, *command], fd, env, stderr=self.log)

    def pump(self, timeout=10):
        """The session waits for an answer to its close."""
        more = super().pump(timeout)
        if more and self.close_reason is not None:
            self.send_frame(8, b"\x03\xe8")
            return False
        return more

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")


def look(page, seconds):
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until and page.pump(until - time.monotonic()):
            pass
    except TimeoutError:
        pass


def use(page):
    """A session's life with a little of everything. An end of the connection is as good as any."""
    if not page.request("/ws?token=t&width=320&height=200").startswith("HTTP/1.1 101"):
        return
    page.wait("sync", 10)
    page.say("key", 97, 1)
    page.say("key", 97, 0)
    page.say("mouse", 10, 10, 1)
    page.say("mouse", 90, 50, 1)
    page.say("mouse", 90, 50, 0)
    page.say("size", 400, 300)
    page.send_clipboard("abc")
    page.say("mouse", 90, 50, 2)
    page.say("mouse", 90, 50, 0)
    page.say("argv", 1, "text/plain", SETTING[0])
    page.say("blob", 1, SETTING[1])
    page.say("end", 1)
    page.say("audio", 2, "audio/L16")
    page.send_frame(9, b"ping")
    look(page, 0.1)
    page.say("", "ping", 1)
    page.wait("", 10, _1="ping")
    page.say("disconnect")


def live(page):
    """True if the session came to an end, whichever."""
    try:
        try:
            use(page)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            pass
        try:
            page.end(10)
        except (BrokenPipeError, ConnectionResetError):
            pass
    except TimeoutError:
        return False
    return True


def run(world, of, at):
    """What is wrong, if anything, and whether the fault came."""
    page = FaultyPage(world, of, at)
    wrong = None if live(page) else "hangs"
    upgraded = bool(page.instructions) or page.close_reason is not None
    page.socket.close()
    try:
        code = page.process.wait(10)
    except subprocess.TimeoutExpired:
        page.process.kill()
        page.process.wait()
        code, wrong = 0, "does not end"
    text = page.said()
    page.log.close()
    if code < 0:
        wrong = f"died by signal {-code}"
    elif not wrong and of != "io" and upgraded and page.close_reason is None:
        wrong = "ended without a word"
    return wrong and f"{of} {at}: {wrong}: {text.splitlines()[-3:]}", "fault injected" in text


def greet(world, stop):
    """The lab machine of both cards: says a little of everything to whoever connects."""
    held = collections.deque(maxlen=8 * AT_ONCE)
    world.host.settimeout(0.2)
    while not stop.is_set():
        try:
            held.append(world.host.accept()[0])
            held[-1].send(b"tcm" if PLUGIN == "testcard" else b"as")
        except (TimeoutError, OSError):
            pass


def through_all(world, of, first=0, last=100000):
    wrongs, n, came = [], first, True
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        while came and n <= last:
            results = list(pool.map(lambda at: run(world, of, at), range(n, n + 4 * AT_ONCE * STEP, STEP)))
            wrongs += [wrong for wrong, _ in results if wrong]
            came = any(c for _, c in results)
            n += len(results) * STEP
    print(f"# {PLUGIN}, {of}: up to call {n}, {len(wrongs)} wrong")
    return wrongs


def in_world(of, *span):
    world = World(PORTER, SESSION, PLUGINS)
    sshd = Sshd() if PLUGIN == "ssh" else None
    stop = threading.Event()
    host = threading.Thread(target=greet, args=(world, stop))
    host.start()
    if sshd:
        lab(world, sshd, "seq 40; printf '\\\\033]2;title\\\\007e\\\\314\\\\201 \\\\346\\\\274\\\\242'; cat",
            'server_alive_interval = 1; locale = "C";\n')
    else:
        world.lab("t", protocol=PLUGIN)
    try:
        return through_all(world, of, *span)
    finally:
        stop.set()
        host.join()
        world.close()
        if sshd:
            sshd.close()


def main():
    if os.environ.get("LABGATE_SANITIZED"):
        print("1..0 # SKIP sanitizers have an allocator of their own")
        return 0
    if PLUGIN == "ssh" and (os.geteuid() != 0 or not os.path.exists(SSHD)):
        print("1..0 # SKIP needs root and openssh-server")
        return 0
    kinds = [sys.argv[6]] if len(sys.argv) > 6 else ["memory" if LONG else "our-memory", "io"]
    print(f"1..{len(kinds)}")
    failed = 0
    for number, of in enumerate(kinds, 1):
        begun = time.monotonic()
        wrongs = in_world(of, *map(int, sys.argv[7:9]))
        print(f"# {time.monotonic() - begun:.0f} s")
        print(f"{'not ok' if wrongs else 'ok'} {number} - {of}", flush=True)
        for wrong in wrongs[:40]:
            print("#", wrong)
        failed += len(wrongs)
    return failed > 0


sys.exit(main())
