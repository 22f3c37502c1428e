#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A session with a desktop, at work: argv is porter, session, plugin directory, and a word of the tests to run.
Comments in the output are what was measured. LABGATE_TEST_LONG=1 makes waits as long as the real thing,
and holds the session to what it promises on a machine that does nothing else."""

import collections
import os
import socket
import sys
import threading
import time
import traceback

from page import Page, World

PORTER, SESSION, PLUGINS = sys.argv[1:4]
LONG = os.environ.get("LABGATE_TEST_LONG") == "1"
SANITIZED = os.environ.get("LABGATE_SANITIZED") == "1"
TICK = os.sysconf("SC_CLK_TCK")
TESTS = []
LONG_TESTS = []


def test(function):
    def run():
        world = World(PORTER, SESSION, PLUGINS)
        try:
            world.lab("t", protocol="moviecard")
            function(world)
        finally:
            world.close()
    run.__name__ = function.__name__
    TESTS.append(run)
    return run


def long_test(function):
    run = test(function)
    LONG_TESTS.append(run)
    return run


class Link:
    """A line to the browser: bytes a second, seconds there and as much back, and what routers and kernels keep."""

    KEPT = 256 * 1024

    def __init__(self, end, rate, delay):
        self.theirs, self.page = end, None
        self.page, ours = socket.socketpair()
        self.rate, self.delay, self.queued = rate, delay, 0
        self.room = threading.Condition()
        for source, target, rate_ in ((end, ours, rate), (ours, end, 1e9)):
            queue = collections.deque()
            threading.Thread(target=self.take, args=(source, queue, rate_), daemon=True).start()
            threading.Thread(target=self.give, args=(target, queue), daemon=True).start()

    def take(self, source, queue, rate):
        free = time.monotonic()
        while True:
            try:
                data = source.recv(4096)
            except OSError:
                data = b""
            free = max(free, time.monotonic()) + len(data) / rate
            queue.append((free + self.delay, data))
            if not data:
                return
            # Bytes wait for the line, and the line for nobody.
            while free - time.monotonic() > self.KEPT / rate:
                time.sleep(0.001)

    def give(self, target, queue):
        while True:
            if not queue:
                time.sleep(0.0005)
                continue
            at, data = queue.popleft()
            time.sleep(max(at - time.monotonic(), 0))
            try:
                if data:
                    target.sendall(data)
                else:
                    target.shutdown(socket.SHUT_WR)
            except OSError:
                return


class Screen:
    """A page that counts."""

    def __init__(self, world, width, height, rate=None, delay=0):
        self.world = world
        self.page = world.open(query=f"&width={width}&height={height}")
        if rate:
            self.page.socket = Link(self.page.socket, rate, delay).page
        self.upstream = world.accept()
        self.page.wait("sync")
        self.page.settle(0.3)
        self.reset()

    def reset(self):
        self.begun, self.cpu_begun = time.monotonic(), self.cpu()
        self.frames = self.bytes = self.jpegs = self.pngs = self.copies = 0
        self.page.instructions.clear()

    def mode(self, letter):
        self.upstream.sendall(letter.encode())

    def cpu(self):
        with open(f"/proc/{self.page.process.pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self):
        """Private bytes."""
        with open(f"/proc/{self.page.process.pid}/smaps_rollup") as f:
            return sum(int(line.split()[1]) * 1024 for line in f if line.startswith("Private_"))

    def take(self):
        """Counts what has come, answers it."""
        taken = self.page.instructions[:]
        self.page.instructions.clear()
        for i in taken:
            self.frames += i[0] == "sync"
            self.copies += i[0] == "copy"
            self.bytes += sum(map(len, i))
            self.jpegs += i[0] == "img" and i[4] == "image/jpeg"
            self.pngs += i[0] == "img" and i[4] == "image/png"
        return taken

    def watch(self, seconds, each=None):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self.page.pump(0.05)
            except TimeoutError:
                pass
            taken = self.take()
            if each:
                each(taken)

    def rest(self):
        """Until a second passes without a frame: all is mended."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            before = self.frames
            self.watch(1)
            if self.frames == before:
                return
        raise TimeoutError("still not quiet")

    def figures(self, what):
        seconds, cpu = time.monotonic() - self.begun, self.cpu() - self.cpu_begun
        print(f"# {what}: {self.frames / seconds:.1f} frames/s, {cpu / seconds * 100:.0f} % of a core, "
              f"{self.bytes / max(self.frames, 1) / 1000:.1f} KB a frame, {self.bytes * 8 / seconds / 1e6:.1f} Mbit/s, "
              f"{self.jpegs} JPEG, {self.pngs} PNG, {self.copies} copies", flush=True)
        return self.frames / seconds, cpu / seconds


def percentile(values, percent):
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]


def move_mouse(screen, seconds):
    """500 events a second; how long each took to come out at the lab machine's end."""
    sent, took = {}, []

    def read():
        rest = b""
        while True:
            data = screen.upstream.recv(4096)
            now = time.monotonic()
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            took.extend(now - sent[line.split()[0]] for line in lines if line.split()[0] in sent)

    def send():
        begin = time.monotonic()
        for n in range(int(seconds * 500)):
            time.sleep(max(begin + n / 500 - time.monotonic(), 0))
            sent[str(n % 1000).encode()] = time.monotonic()
            screen.page.say("mouse", n % 1000, n // 1000, 0)

    threads = [threading.Thread(target=t, daemon=True) for t in (read, send)]
    for t in threads:
        t.start()
    screen.watch(seconds + 0.5)
    threads[1].join()
    return took


def animate(world, width, height, seconds):
    screen = Screen(world, width, height)
    screen.mode("a")
    screen.watch(0.5)
    screen.reset()
    screen.watch(seconds)
    return screen, *screen.figures(f"{width}x{height}, all pixels change 30 times a second")


@test
def a_whole_screen_that_changes_is_smooth(world):
    screen, rate, load = animate(world, 1280, 800, 10 if LONG else 3)
    assert screen.jpegs > 0
    assert SANITIZED or rate >= (25 if LONG else 10), rate
    assert SANITIZED or load < 0.5, load


@test
def a_large_one_too(world):
    _, rate, load = animate(world, 1920, 1080, 10 if LONG else 3)
    assert SANITIZED or rate >= (20 if LONG else 5), rate
    assert SANITIZED or load < 1, load


@test
def the_mouse_does_not_wait_for_pictures(world):
    screen = Screen(world, 1280, 800)
    screen.mode("a")
    screen.watch(0.5)
    took = move_mouse(screen, 10 if LONG else 3)
    p95 = percentile(took, 95) * 1000
    print(f"# mouse, 500 a second: {len(took)}, p50 {percentile(took, 50) * 1000:.1f} ms, p95 {p95:.1f} ms")
    assert not LONG or SANITIZED or p95 < 10, p95


@test
def after_quiet_all_is_mended_and_nothing_more_is_sent(world):
    screen = Screen(world, 800, 600)
    screen.mode("a")
    screen.watch(1)
    screen.mode("q")
    screen.watch(0.2)
    screen.reset()
    screen.rest()
    screen.figures("mended after quiet")
    assert screen.pngs > 0 and screen.jpegs == 0
    screen.reset()
    screen.watch(1)
    assert screen.frames == 0


@test
def what_did_not_change_is_not_sent(world):
    screen = Screen(world, 1280, 800)
    screen.rest()
    screen.reset()
    screen.mode("r")
    screen.watch(2)
    _, load = screen.figures("1280x800, damage without change")
    assert screen.frames == 0
    assert SANITIZED or load < 0.1, load


@test
def text_that_scrolls_is_copied(world):
    screen = Screen(world, 1280, 800)
    screen.mode("s")
    screen.watch(3)
    screen.figures("1280x800, lines scroll")
    screen.reset()
    screen.watch(2)
    rate, load = screen.figures("1280x800, only lines scroll")
    assert screen.copies >= screen.frames * 0.9
    assert SANITIZED or rate > (25 if LONG else 10), rate


def key_to_picture(screen, seconds):
    """A key changes the colour of a square, which comes as a fill: how long until its frame is whole."""
    took, asked, colour = [], time.monotonic(), 0

    def each(taken):
        nonlocal asked, colour
        now = time.monotonic()
        shown = ["cfill", "14", "0", "0", "0", str(colour), "255"] in taken
        if shown or (shows[0] and colour):
            shows[0] = True
            if any(i[0] == "sync" for i in taken):
                took.append(now - asked)
                shows[0] = False
                colour = -colour
        if colour <= 0 and now - asked > 0.1 + (len(took) * 37 % 50) / 1000:
            colour = -colour % 250 + 1
            asked = now
            screen.page.say("key", colour, 1)

    shows = [False]
    screen.watch(seconds, each)
    return took


def animate_slowly(world, rate, delay=0.02):
    screen = Screen(world, 1280, 800, rate=rate, delay=delay)
    screen.mode("a")
    screen.watch(4 if LONG else 2.5)
    screen.reset()
    took = key_to_picture(screen, 20 if LONG else 4)
    frames, _ = screen.figures(f"{rate * 8 / 1e6:.0f} Mbit/s and {delay * 2000:.0f} ms, 1280x800, all pixels change "
                               "30 times a second")
    p95 = percentile(took, 95) * 1000
    print(f"# key to picture: {len(took)}, p50 {percentile(took, 50) * 1000:.0f} ms, p95 {p95:.0f} ms")
    return frames, p95


@test
def a_slow_line_is_not_filled(world):
    frames, p95 = animate_slowly(world, 2.5e6)
    assert SANITIZED or frames > (15 if LONG else 5), frames
    assert not LONG or SANITIZED or p95 < 250, p95


@long_test
def a_slower_line_is_used(world):
    frames, p95 = animate_slowly(world, 0.75e6)
    assert SANITIZED or frames > 4, frames


@long_test
def a_distant_browser_gets_good_pictures(world):
    frames, p95 = animate_slowly(world, 25e6, 0.1)
    assert SANITIZED or frames > 7, frames


@test
def a_browser_that_stops_reading_costs_little(world):
    screen = Screen(world, 1280, 800)
    screen.mode("a")
    screen.watch(2)
    before, begun = screen.memory(), time.monotonic()
    time.sleep(60 if LONG else 6)
    grown = screen.memory() - before
    print(f"# not read for {time.monotonic() - begun:.0f} s: {grown / 1024:.0f} KiB more")
    assert grown <= 4 * 1024 * 1024, grown
    screen.reset()
    begun = time.monotonic()
    screen.watch(2)
    print(f"# then {screen.frames} frames in {time.monotonic() - begun:.1f} s")
    assert screen.frames > (20 if LONG else 2)


def main():
    failed = 0
    chosen = [t for t in TESTS if (sys.argv[4] in t.__name__ if len(sys.argv) > 4 else LONG or t not in LONG_TESTS)]
    print(f"1..{len(chosen)}")
    for number, function in enumerate(chosen, 1):
        try:
            function()
            print(f"ok {number} - {function.__name__}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {number} - {function.__name__}")
            for line in traceback.format_exc().splitlines()[-8:]:
                print("#", line)
            sys.stdout.flush()
    return failed > 0


sys.exit(main())
