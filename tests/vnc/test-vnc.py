#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real session and porter with the vnc plugin against a server that breaks every rule: it ends its own session, with
a text, in bounded memory, and the page's pings are answered all the while. argv is porter, session, plugin directory."""

import os
import socket
import struct
import sys
import threading
import time
import traceback
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "session"))

from fakevnc import (compact, extended_size, exactly, garbage, greet, raw, rect, update, zrle)
from page import World

PORTER, SESSION, PLUGINS = sys.argv[1:4]
SANITIZED = bool(os.environ.get("LABGATE_SANITIZED"))
LONG = bool(os.environ.get("LABGATE_TEST_LONG"))
MEMORY_MAX = 64 * 1024  # KiB, of a session with a small desktop
BROKEN = 0x203
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def resident(page, field="VmHWM"):
    try:
        with open(f"/proc/{page.process.pid}/status") as f:
            return next(int(line.split()[1]) for line in f if line.startswith(field))
    except (FileNotFoundError, StopIteration, ProcessLookupError):
        return 0


class Case:
    """One session, and the server's end of its connection."""

    def __init__(self, world, greeting=True, **settings):
        world.lab("t", protocol="vnc", **settings)
        self.page = world.open()
        self.server = world.accept()
        self.server.settimeout(10)
        if greeting:
            greet(self.server)

    def begun(self):
        self.server.sendall(update(raw()))
        self.page.wait("sync")
        return self

    def drain(self):
        """Reads what the session sends, for ever."""
        def run():
            try:
                while self.server.recv(65536):
                    pass
            except OSError:
                pass
        threading.Thread(target=run, daemon=True).start()
        return self

    def hang_up(self):
        """Also where drain() is reading."""
        try:
            self.server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.server.close()

    def say(self, data):
        try:
            self.server.sendall(data)
        except OSError:
            pass

    def ends(self, status, *words, timeout=15):
        text, got = self.page.end(timeout)
        high = resident(self.page)
        assert got == status, f"status {got:#x}, text {text!r}"
        for word in words:
            assert word in text, text
        assert SANITIZED or high < MEMORY_MAX, f"{high} KiB"
        self.page.socket.close()
        assert self.page.process.wait(10) == 0
        self.hang_up()


HOSTILE = {
    "a desktop of nothing, and a copy": (
        bytes.fromhex("04000000000000000001") + bytes(8) + bytes.fromhex("0000000100000000"), "asked for"),
    "a size of nothing and a copy, in one update": (
        update(rect(0, 0, 0, 0, -223), rect(0, 0, 0, 0, 1, bytes(4))), "0x0"),
    "65535x65535": (update(rect(0, 0, 65535, 65535, -223)), "65535x65535"),
    "1x65535": (update(rect(0, 0, 1, 65535, -223)), "1x65535"),
    "65535x1, by the other way": (update(extended_size(65535, 1)), "65535x1"),
    "more than 33 megapixels": (update(rect(0, 0, 8192, 4225, -223)), "8192x4225"),
    "a mouse pointer of 65535x65535": (update(rect(0, 0, 65535, 65535, -239)), "mouse pointer"),
    "a mouse pointer of 65535x65535 with alpha": (update(rect(0, 0, 65535, 65535, -314, bytes(4))), "mouse pointer"),
    "a rectangle outside": (update(rect(300, 190, 64, 64, 0)), "outside"),
    "a copy from outside": (update(rect(0, 0, 100, 100, 1, struct.pack("!HH", 300, 0))), "outside"),
    "an encoding that nobody asked for": (update(rect(0, 0, 16, 16, 9, bytes(100))), "nobody asked"),
    "colours that nobody asked for": (bytes([1, 0, 0, 0, 0xff, 0xff]) + bytes(100), "nobody asked"),
    "a chat that nobody asked for": (bytes([11, 0, 0, 0, 0xff, 0xff, 0xff, 0xfd]) + bytes(8), "nobody asked"),
    "type 255": (b"\xff" * 300, "nobody asked"),
    "a clipboard of two gigabytes": (struct.pack("!B3xI", 3, 0x7fffffff), "clipboard"),
    "a clipboard of minus two gigabytes": (struct.pack("!B3xI", 3, 0x80000000), "clipboard"),
    "an extended clipboard without a kind": (struct.pack("!B3xi", 3, -2) + bytes(2), "clipboard"),
    "an extended clipboard that is no zlib": (struct.pack("!B3xiI", 3, -104, 1 << 28 | 1) + bytes(100), "clipboard"),
    "a name of four gigabytes": (update(rect(0, 0, 0, 0, -307, b"\xff\xff\xff\xff")), "name"),
    "a fence that is too long": (struct.pack("!B3xIB", 248, 1 << 31, 255) + bytes(255), "fence"),
    "a rectangle of zlib without pixels": (update(rect(0, 0, 0, 5, 6, bytes(4))), "no pixels"),
    "zlib garbage": (update(rect(0, 0, 64, 64, 6, struct.pack("!I", 100) + b"\x55" * 100)), "cannot be decoded"),
    "tight garbage": (update(rect(0, 0, 64, 64, 7, b"\x00" + compact(100) + b"\x55" * 100)), "cannot be decoded"),
    "tight's gradient, wider than its memory": (
        update(rect(0, 0, 320, 200, 7, b"\x40\x02" + compact(4000) + b"\xaa" * 4000)), "cannot be decoded"),
    "more rectangles than were there": (struct.pack("!BxH", 0, 65535) + raw() + b"\xff" * 64, "nobody asked"),
}


def hostile(name, data, word):
    def run(world):
        case = Case(world).begun().drain()
        case.say(data)
        case.ends(BROKEN, word)
    run.__name__ = name
    return run


TESTS.extend(hostile(name, *case) for name, case in HOSTILE.items())


@test
def greetings_that_are_none(world):
    for data, word in [(b"SSH-2.0-OpenSSH_9.2\r\n", "no VNC server"), (b"RFB 00a.008\n", "no VNC server"),
                       (b"RFB 002.000\n", "no VNC server")]:
        case = Case(world, greeting=False).drain()
        case.say(data)
        case.ends(BROKEN, word)
    case = Case(world, greeting=False)
    case.say(b"RFB 003.008\n\0\xff\xff\xff\xff")
    case.drain().ends(BROKEN, "too long")
    case = Case(world, greeting=False)
    case.say(b"RFB 003.008\n\0\0\0\0\x10go away \xff\0\x1b[31mx")
    case.drain().ends(BROKEN, "refused the connection: go away")
    case = Case(world, greeting=False)
    case.say(b"RFB 003.008\n\x01\x07")
    case.drain().ends(0x208, "security type")
    case = Case(world, greeting=False)
    case.hang_up()
    case.ends(BROKEN, "closed")


@test
def desktops_that_cannot_be(world):
    for width, height in [(0, 0), (65535, 65535), (8193, 1), (0, 600)]:
        case = Case(world, greeting=False)
        greet(case.server, width, height)
        case.drain().ends(BROKEN, f"{width}x{height}")


@test
def a_thousand_sizes_in_a_second(world):
    case = Case(world).begun().drain()
    began = time.monotonic()
    for i in range(1000):
        case.say(update(extended_size(300 + i % 500, 200 + i % 300)))
    case.say(update(extended_size(640, 480)) + update(raw(600, 400)))
    case.page.wait("size", timeout=20, _1="0", _2="640", _3="480")
    case.page.wait("sync")
    assert time.monotonic() - began < 10
    assert SANITIZED or resident(case.page) < MEMORY_MAX, resident(case.page)
    case.hang_up()
    case.ends(BROKEN, "closed")


@test
def pings_are_answered_while_a_rectangle_stands_still(world):
    case = Case(world).begun().drain()
    case.say(update(rect(0, 0, 320, 200, 0))[:20] + b"\0" * 1000)
    worst = 0
    until = time.monotonic() + (40 if LONG else 2.5)
    while time.monotonic() < until:
        began = time.monotonic()
        case.page.say("", "ping", str(int(began * 1000)))
        try:
            case.page.wait("", timeout=5, _1="ping")
        except EOFError:
            break
        worst = max(worst, time.monotonic() - began)
        time.sleep(0.2)
    assert worst < (1 if SANITIZED else 0.2), f"{worst:.3f} s"
    if LONG:
        case.ends(BROKEN, "stands still")
    else:
        case.page.say("disconnect")
        case.page.end()


@test
def a_server_that_reads_nothing(world):
    """Mouse moves fill its socket; the page is answered, and the session ends when the page leaves."""
    case = Case(world).begun()
    for i in range(5000):
        case.page.say("mouse", i % 300, i % 150, 0 if i % 2 else 1)
        if i % 1000 == 0:
            case.page.settle(0.01)
    case.page.say("", "ping", "1")
    case.page.wait("", timeout=5, _1="ping")
    assert SANITIZED or resident(case.page) < MEMORY_MAX
    case.page.say("disconnect")
    case.page.end()
    case.page.socket.close()
    assert case.page.process.wait(10) == 0


@test
def copies_and_sizes_at_the_edge(world):
    case = Case(world).begun().drain()
    case.say(update(rect(0, 0, 320, 200, 1, bytes(4)), rect(319, 199, 1, 1, 1, bytes(4)), rect(0, 0, 0, 0, 0),
                    rect(0, 0, 0, 0, -239), rect(5, 5, 300, 300, -239, bytes(300 * 300 * 4 + 38 * 300)),
                    zrle(bytes(1)), extended_size(8192, 1)))
    case.page.wait("size", _1="0", _2="8192", _3="1")
    case.hang_up()
    case.ends(BROKEN, "closed")


@test
def one_by_one(world):
    """Every byte comes by itself."""
    case = Case(world).drain()
    for byte in update(raw(w=4, h=4), rect(0, 0, 1, 1, 1, bytes(4))) + b"\x02" + struct.pack("!B3xI", 3, 2) + b"\xe9!":
        case.say(bytes([byte]))
        time.sleep(0.002)
    stream = case.page.wait("clipboard")[1]
    assert case.page.stream_text(stream) == "é!"
    case.hang_up()
    case.ends(BROKEN, "closed")


def messages(server, wanted):
    """Reads what the session says until a clipboard; gives its bytes, and its length as it stands there."""
    sizes = {0: 20, 3: 10, 4: 8, 5: 6, 150: 10}
    while True:
        kind = exactly(server, 1)[0]
        if kind == 2:
            exactly(server, 4 * struct.unpack("!xH", exactly(server, 3))[0])
        elif kind == 6:
            size = struct.unpack("!3xi", exactly(server, 7))[0]
            text = exactly(server, abs(size))
            if wanted(size, text):
                return text
        else:
            exactly(server, sizes[kind] - 1)


@test
def the_page_s_clipboard_in_the_old_way_and_in_the_new(world):
    case = Case(world).begun()
    case.page.send_clipboard("naïve 日本")
    assert messages(case.server, lambda size, text: size >= 0) == b"na\xefve ??"
    case.say(struct.pack("!B3xiII", 3, -8, 0x1f000001, 1 << 20))  # it can all of it
    messages(case.server, lambda size, text: size < 0 and text[0] & 1)
    case.page.send_clipboard("日本\nä")
    messages(case.server, lambda size, text: size < 0 and text == struct.pack("!I", 1 << 27 | 1))
    case.say(struct.pack("!B3xiI", 3, -4, 1 << 25 | 1))
    text = messages(case.server, lambda size, text: size < 0 and text[0] == 1 << 4)
    assert zlib.decompressobj().decompress(text[4:])[4:] == "日本\r\nä\0".encode()
    case.hang_up()
    case.ends(BROKEN, "closed")


@test
def garbage_of_every_kind(world):
    for seed in range(400 if LONG else 10):
        case = Case(world).drain()
        for i in range(20):
            case.say(garbage(seed * 1000 + i))
        case.hang_up()
        text, status = case.page.end()
        assert status == BROKEN, (seed, status, text)
        case.page.socket.close()
        assert case.page.process.wait(10) == 0, seed


def main():
    failed = 0
    chosen = [t for t in TESTS if not sys.argv[4:] or sys.argv[4] in t.__name__]
    world = World(PORTER, SESSION, PLUGINS)
    for number, function in enumerate(chosen, 1):
        name = function.__name__.replace("_", " ")
        try:
            function(world)
            print(f"ok {number} - {name}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    world.close()
    print(f"1..{len(chosen)}")
    return failed > 0


sys.exit(main())
