#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""VNC servers that lie, against the real porter, session and vnc plugin: each ends its own session with a text or goes
on, in bounded memory and time, while another session is not disturbed. argv is porter, session, plugin directory. What
waits for a time limit runs beside the rest, and not in a sanitized build; LABGATE_TEST_LONG=1 has more of that."""

import concurrent.futures
import errno
import os
import random
import select
import socket
import struct
import sys
import threading
import time
import traceback
import zlib

sys.path.append(os.path.join(os.path.dirname(__file__), "../session"))

from evil_vnc import *
from page import World

PORTER, SESSION, PLUGINS = sys.argv[1:4]
SANITIZED = bool(os.environ.get("LABGATE_SANITIZED"))
LONG = bool(os.environ.get("LABGATE_TEST_LONG"))
GREETING, STALL = 20, 30  # seconds, as VNC_GREETING_SECONDS and LABGATE_STALL_SECONDS
MEMORY_MAX = 96 * 1024  # KiB at any time, for desktops of at most 1024x768
TIMEOUT, ERROR, UNAVAILABLE, UNAUTHORIZED = 0x202, 0x203, 0x208, 0x301
GONE = (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN)  # the session has had enough already
LOCK = threading.Lock()
SLOW, QUICK = [], []


def begin(world, token):
    """A session, and the lab machine's end of it."""
    with LOCK:
        page = world.open(token)
        upstream = world.accept()
    upstream.settimeout(60)
    return page, upstream


def expect_end(page, status, *words, within=25):
    text, got = page.end(within)
    assert got == status, f"status {got:#x}, text {text!r}"
    assert text, "no text"
    for word in words:
        assert word in text, text


def finish(page):
    """The process ends by itself, and never was large."""
    page.socket.close()
    until = time.monotonic() + 10
    pid = 0
    while not pid:
        assert time.monotonic() < until, "the process does not end"
        time.sleep(0.01)
        pid, status, usage = os.wait4(page.process.pid, os.WNOHANG)
    page.process.returncode = os.waitstatus_to_exitcode(status)
    assert page.process.returncode == 0, f"the process ended with {page.process.returncode}"
    assert SANITIZED or usage.ru_maxrss <= MEMORY_MAX, f"{usage.ru_maxrss} KiB"


def echo(page, n, within=2):
    begun = time.monotonic()
    page.say("", "ping", n)
    page.wait("", within, _1="ping", _2=str(n))
    return time.monotonic() - begun


def follow(page, upstream):
    """The desktop is still followed: a new title arrives."""
    title = f"still here {random.random()}"
    upstream.sendall(update(rect(NAME, 0, 0, 0, 0, struct.pack("!I", len(title)) + title.encode())))
    page.wait("name", _1=title)


def case(name, *words, status=ERROR, token="open", slow=False, within=25):
    """The function lies; then the session ends, or, if it has no words to end with, goes on."""
    def decorate(lie):
        def run(world):
            page, upstream = begin(world, token)
            with upstream:
                try:
                    lie(upstream, page)
                except (BrokenPipeError, ConnectionResetError, EOFError):
                    pass
                if words:
                    expect_end(page, status, *words, within=within)
                else:
                    follow(page, upstream)
                finish(page)
        run.__name__ = name
        if LONG or not (slow and SANITIZED):
            (SLOW if slow else QUICK).append(run)
        return lie
    return decorate


def lies(name, data, *words, greeted=True, **options):
    """A case of just these bytes after the greeting."""
    @case(name, *words, **options)
    def lie(s, page):
        if greeted:
            greet(s)
        s.sendall(data)
        if not words:
            page.wait("sync")


# ---- the greeting ----

lies("another protocol", b"SSH-2.0-OpenSSH_9.2p1\r\n", "is no VNC server", greeted=False)
lies("a version of nothing", bytes(12), "is no VNC server", greeted=False)
lies("many types of security, none of them known", VERSION + bytes([255]) + bytes(range(1,
        256)).translate(bytes(20) + bytes(range(20, 256))),
     "no security type", status=UNAVAILABLE, greeted=False)
lies("a refusal with a reason of 4 GiB", VERSION + b"\0\xff\xff\xff\xff" + b"no" * 1000, "reason is too long",
     greeted=False)
lies("an old version's security type of 2^32 - 1", b"RFB 003.003\n\xff\xff\xff\xff", "no security type",
     status=UNAVAILABLE, greeted=False)


@case("a version that is cut off", "closed the connection")
def _(s, page):
    s.sendall(b"RFB 00")
    s.shutdown(socket.SHUT_WR)


@case("a challenge that is cut off", "closed the connection", token="password")
def _(s, page):
    assert agree(s, bytes([VNC])) == VNC
    s.sendall(b"short")
    s.shutdown(socket.SHUT_WR)


@case("a login with a result that there is not", "refused the login: evil\ufffd", status=UNAUTHORIZED, token="password")
def _(s, page):
    assert agree(s, bytes([VNC])) == VNC
    s.sendall(bytes(16))
    read(s, 16)
    s.sendall(b"\xff\xff\xff\xff" + struct.pack("!I", 5) + b"evil\xff")


@case("a result of a login with a reason of 4 GiB", "reason is too long")
def _(s, page):
    agree(s)
    s.sendall(b"\0\0\0\1\xff\xff\xff\xff")


def vencrypt(name, *words, version=b"\0\2", answer=b"", status=ERROR, more=None):
    @case(name, *words, status=status, token="password")
    def lie(s, page):
        assert agree(s, bytes([VENCRYPT])) == VENCRYPT
        s.sendall(version)
        read(s, 2)
        s.sendall(answer)
        if more is not None:
            read(s, 4)
            s.sendall(more[:1])
            if more[0] == 1 and more[1:]:
                read(s, 5)
                s.sendall(more[1:])


vencrypt("VeNCrypt 0.0", "VeNCrypt is too old", version=b"\0\0")
vencrypt("VeNCrypt that refuses itself", "refuses VeNCrypt", answer=b"\x07")
vencrypt("VeNCrypt without types", "no encryption and login", answer=b"\0\0", status=UNAVAILABLE)
vencrypt("VeNCrypt with types of garbage", "no encryption and login", answer=b"\0\xff" + b"\xee" * 1020,
         status=UNAVAILABLE)
vencrypt("VeNCrypt that refuses its own type", "refuses the encryption", answer=b"\0\1\0\0\1\2", more=b"\0")
vencrypt("garbage for TLS", "no encryption came about", answer=b"\0\1\0\0\1\2", more=b"\1" + b"\xa5" * 70000)
vencrypt("TLS of a record without end", "no encryption came about", answer=b"\0\1\0\0\1\2",
         more=b"\1\x16\3\3\xff\xff" + b"\2" * 70000)
vencrypt("TLS of alerts", "no encryption came about", answer=b"\0\1\0\0\1\2", more=b"\1" + b"\x15\3\3\0\2\2\x28" * 100)


@case("what is said before TLS", "before the encryption", token="password")
def _(s, page):
    agree(s, bytes([VENCRYPT]))
    s.sendall(b"\0\2")
    read(s, 2)
    s.sendall(b"\0\1\0\0\1\2")
    read(s, 4)
    s.sendall(b"\1" + b"\0\0\0\0" + init())


for width, height in [(0, 0), (65535, 65535), (1, 65535), (8193, 1), (8192, 8192), (640, 0)]:
    def lie(s, page, width=width, height=height):
        meet(s)
        s.sendall(init(width, height))
    case(f"a desktop of {width}x{height}", f"{width}x{height}")(lie)


@case("a name of 4 GiB", "name is too long")
def _(s, page):
    meet(s)
    s.sendall(init(size=0xffffffff, name=b"n" * 100000))


# ---- messages ----

lies("the 26 bytes that hang the library",
     bytes.fromhex("040000000000" "00000001" "0000000000000000" "00000001" "00000000"),
     "type 4, which nobody asked for")
lies("the 26 bytes, by a size that we asked for", update(rect(NEW_SIZE, 0, 0, 0, 0), rect(COPYRECT, 0, 0, 0, 0,
                                                                                          bytes(4))),
     "0x0")
lies("a Tight rectangle that was written outside", bytes.fromhex(
    "0000ea00010000000000000bfffffecc00d25f00000000000000000800000007fa0200fe03000b0048000b002900000000004949494949494901"),
     "0x11")
for message in (1, 4, 5, 11, 15, 249, 252, 253, 255):
    lies(f"a message of type {message}", bytes([message]) + bytes(40), f"type {message}, which nobody asked for")
for encoding in (3, 4, 8, 9, 10, 17, 21, 0x574d5664, -1, -223 + 1000, -2**31):
    lies(f"a rectangle of encoding {encoding}", update(rect(encoding, body=bytes(5000))), "nobody asked for")

for width, height in [(0, 0), (65535, 65535), (1, 65535), (65535, 1)]:
    lies(f"a new size of {width}x{height}", update(rect(NEW_SIZE, 0, 0, width, height)), f"{width}x{height}")
    lies(f"an extended new size of {width}x{height}",
         update(rect(DESKTOP_SIZE, 0, 0, width, height, screen(width, height))), f"{width}x{height}")
lies("255 screens, and all of them", update(rect(DESKTOP_SIZE, 0, 0, 640, 480, struct.pack("!B3x",
                                                                                           255) + b"\xff" * 4080)) +
     update(raw(0, 0, 640, 480)))

for encoding in (CURSOR, X_CURSOR):
    lies(f"a mouse pointer of 65535x65535 ({encoding})", update(rect(encoding, 0, 0, 65535, 65535, bytes(9000))),
         "too large")
    lies(f"a mouse pointer of 65535x0 ({encoding})", update(rect(encoding, 9, 9, 65535, 0), raw(0, 0, 9, 9)))
lies("a mouse pointer of 65535x65535 with alpha", update(rect(ALPHA_CURSOR, 0, 0, 65535, 65535, bytes(9000))),
     "too large")
lies("a mouse pointer in Tight", update(rect(ALPHA_CURSOR, 0, 0, 9, 9, struct.pack("!I", TIGHT) + bytes(99))),
     "nobody asked for")
lies("a mouse pointer larger than any page shows",
     update(rect(CURSOR, 65535, 65535, 1024, 1024, bytes(1024 * 1024 * 4 + 128 * 1024)), raw(0, 0, 9, 9)))
lies("a mouse pointer that points far outside of itself", update(rect(CURSOR, 65535, 65535, 9, 9,
                                                                      bytes(9 * 9 * 4 + 18)), raw(0, 0, 9, 9)))

for encoding, body in [(RAW, b""), (TIGHT, bytes([0x80, 1, 2, 3])), (ZRLE, bytes(4)), (HEXTILE, b""), (COPYRECT,
                                                                                                       bytes(4))]:
    lies(f"a rectangle outside of the desktop ({encoding})", update(rect(encoding, 639, 0, 2, 1, body)),
         "outside of its desktop")
    lies(f"a rectangle of 65535x65535 ({encoding})", update(rect(encoding, 65535, 65535, 65535, 65535, body)),
         "outside of its desktop")
lies("a copy from outside of the desktop", update(rect(COPYRECT, 0, 0, 16, 16, struct.pack("!HH", 639, 479))),
     "copies from outside")
lies("a copy of nothing", update(rect(COPYRECT, 0, 0, 0, 0, bytes(4)), raw(0, 0, 9, 9)))


@case("65535 rectangles, and then the end", "closed the connection")
def _(s, page):
    greet(s)
    s.sendall(update(raw(0, 0, 9, 9), n=65535))
    s.shutdown(socket.SHUT_WR)


# ---- pictures of garbage ----

def tight(control, *parts):
    return rect(TIGHT, 0, 0, 64, 64, bytes([control]) + b"".join(parts))


def packed(data):
    return struct.pack("!I", len(data)) + data


BOMB = bomb(256 << 20)
HEX = bytes([0x1e, 1, 2, 3, 4, 255]) + bytes([0xff] * 1275)
BROKEN = "a picture cannot be decoded"
for name, picture in [
        ("Tight with a filter that there is not", tight(0x40, b"\x77", bytes(100))),
        ("Tight with a compression that there is not", tight(0xf0, bytes(100))),
        ("Tight with zlib garbage", tight(0x00, compact(4000), b"\xa5" * 4000)),
        ("Tight with a palette of colours that there are not", tight(0x40, b"\x01\xff", bytes(768), compact(4000),
                                                                     b"\xa5" * 4000)),
        ("Tight with JPEG that nobody asked for", tight(0x90, compact(4000), b"\xff\xd8" + b"\xa5" * 3998)),
        ("JPEG of garbage", tight(0x90, compact(4000), b"\xff\xd8" + b"\xa5" * 3998)),
        ("JPEG of nothing", tight(0x90, compact(0))),
        ("JPEG that goes on behind its end", tight(0x90, compact(8), b"\xff\xd8\xff\xe3\xff\xff\0\0")),
        ("ZRLE with zlib garbage", rect(ZRLE, 0, 0, 64, 64, packed(b"\xa5" * 4000))),
        ("ZRLE with tiles of garbage", rect(ZRLE, 0, 0, 64, 64, packed(zlib.compress(b"\xff" * 9000)))),
        ("ZRLE of 4 GiB", rect(ZRLE, 0, 0, 64, 64, b"\xff\xff\xff\xff" + b"\xa5" * 4000)),
        ("zlib garbage", rect(ZLIB, 0, 0, 64, 64, packed(b"\xa5" * 4000))),
        ("zlib of 4 GiB", rect(ZLIB, 0, 0, 64, 64, b"\xff\xff\xff\xff" + b"\xa5" * 4000)),
        ("a bomb in ZRLE", rect(ZRLE, 0, 0, 64, 64, packed(BOMB))),
        ("a bomb in zlib", rect(ZLIB, 0, 0, 64, 64, packed(BOMB))),
        ("a bomb in Tight", tight(0x00, compact(len(BOMB)), BOMB)),
        ("Hextile of rectangles outside of their tile", rect(HEXTILE, 0, 0, 640, 480, HEX * 1200))]:
    # Some of it a decoder takes for a strange picture, and then what follows it for messages: it ends anyhow, or lives.
    def lie(world, name=name, picture=picture):
        page, upstream = begin(world, "jpeg" if name.startswith("JPEG") else "open")
        with upstream:
            try:
                greet(upstream)
                upstream.sendall(update(picture) + b"\xee" * 64)
                upstream.shutdown(socket.SHUT_WR)
            except OSError as e:
                if e.errno not in GONE:
                    raise
            expect_end(page, ERROR)
            finish(page)
    lie.__name__ = name
    QUICK.append(lie)


# ---- floods ----

def flood(s, page, data, pause, seconds=2):
    """Says data over and over, while the page's pings are answered; never mind how fast it is taken."""
    until = time.monotonic() + seconds
    over = threading.Event()

    def pour():
        try:
            while time.monotonic() < until:
                s.sendall(data)
                time.sleep(pause)
        finally:
            over.set()

    def drain():
        while not over.is_set():
            if select.select([s], [], [], 0.1)[0]:
                s.recv(65536)

    threads = [threading.Thread(target=f, daemon=True) for f in (pour, drain)]
    for thread in threads:
        thread.start()
    n, took = 0, []
    while not over.is_set():
        n += 1
        took.append(echo(page, n, 10))
        page.instructions.clear()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert max(took) < (5 if SANITIZED else 1), f"an echo took {max(took):.2f} s"


def floods(name, data, pause=0):
    @case("a flood of " + name, "closed the connection")
    def lie(s, page):
        greet(s)
        s.sendall(update(raw(0, 0, 640, 480)))
        page.wait("sync")
        flood(s, page, data, pause)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()


SIZES = [(300 + n % 700, 200 + n * 7 % 500) for n in range(1000)]
floods("new sizes", b"".join(update(rect(NEW_SIZE, 0, 0, *size)) for size in SIZES))
floods("new sizes with pictures", b"".join(update(rect(NEW_SIZE, 0, 0, *size), raw(0, 0,
                                                                                   *size)) for size in SIZES[::50]))
floods("pieces of clipboard", cut_text(1 << 20, b"A" * (1 << 20)))
floods("bombs in the clipboard", extended(CLIP_CAPS | CLIP_TEXT | CLIP_PROVIDE,
                                          bytes(4)) + extended(CLIP_PROVIDE | CLIP_TEXT, BOMB))
floods("bells", b"\2" * 4096, 0.01)  # else the queue of those not yet heard takes half a minute
floods("ends of continuous updates", b"\x96" * 1000, 0.01)
floods("fences", (struct.pack("!B3xIB", 248, 0x80000003, 64) + bytes(64)) * 100)
floods("rectangles without pixels", update(*[rect(HEXTILE, 0, 0, 0, 0)] * 65535))
floods("last rectangles", update(rect(LAST_RECT), n=65535) * 1000)
floods("names", update(rect(NAME, 0, 0, 0, 0, struct.pack("!I", 1 << 20) + b"\xff" * (1 << 20))))
floods("mouse pointers", update(*[rect(CURSOR, 0, 0, 200, 200, b"\x7f" * (160000 + 5000))] * 9))
floods("copies", update(*[rect(COPYRECT, 1, 1, 639, 479, bytes(4))] * 100))
lies("a piece of clipboard of 2 GiB", cut_text(2**31 - 1, b"A" * 100000), "clipboard is too large")
lies("an extended piece of clipboard of 2 GiB", cut_text(-2**31, b"A" * 100000), "clipboard is too large")
lies("an extended piece of clipboard of no kind", cut_text(-3, b"AAA"), "has no kind")
lies("garbage in the clipboard", extended(CLIP_PROVIDE | CLIP_TEXT, b"\xa5" * 1000), "clipboard cannot be read")
lies("a clipboard that can all", extended(CLIP_CAPS | 0xffff, b"\xff" * 64) + update(raw(0, 0, 9, 9)))


@case("1000 new sizes a second")
def _(s, page):
    greet(s)
    begun = time.monotonic()
    for n, size in enumerate(SIZES * 2):
        s.sendall(update(rect(NEW_SIZE, 0, 0, *size)))
        time.sleep(max(0, begun + n / 1000 - time.monotonic()))
        if n % 100 == 0:
            echo(page, n)
    page.wait("size", 10, _1="0", _2=str(SIZES[-1][0]), _3=str(SIZES[-1][1]))


# ---- standing still ----

def stalls(name, data, token="open", types=None, answers=()):
    @case("a greeting that stops at " + name, "did not answer in time", status=TIMEOUT, token=token, slow=True,
          within=GREETING + 8)
    def lie(s, page):
        if types:
            agree(s, types)
        s.sendall(data)
        for wait, answer in answers:
            read(s, wait)
            s.sendall(answer)
        for n in range(3):
            time.sleep(1)
            echo(page, n)


stalls("its version", b"RFB 003.")
stalls("its TLS", b"\0\2", "password", bytes([VENCRYPT]), [(2, b"\0\1\0\0\1\2"), (4, b"\1"), (5, b"\x16\3\3\1\0\2")])
if LONG:
    stalls("nothing", b"")
    stalls("its types of security", VERSION + b"\4\1")
    stalls("its challenge", b"short", "password", bytes([VNC]))
    stalls("its size", b"\0\0\0\0", types=bytes([NONE]), answers=[(1, init()[:9])])
    stalls("its name", b"\0\0\0\0", types=bytes([NONE]), answers=[(1, init(name=b"ev", size=4))])


@case("a picture that stops in the middle of a rectangle", "stands still", slow=True, within=STALL + 8)
def _(s, page):
    greet(s)
    s.sendall(update(raw(0, 0, 640, 480)) + update(raw(0, 0, 640, 480))[:100000])
    page.wait("sync")
    for n in range(STALL - 5):
        time.sleep(1)
        echo(page, n)


if LONG:
    @case("a Tight rectangle that stops", "stands still", slow=True, within=STALL + 8)
    def _(s, page):
        greet(s)
        s.sendall(update(tight(0x00, compact(4000), b"\x78\1")))
        time.sleep(5)
        echo(page, 1)

    # Either of two limits of 30 s.
    @case("fences whose answers nobody reads", "connection", slow=True, within=STALL + 20)
    def _(s, page):
        greet(s)
        s.settimeout(5)
        try:
            while True:
                s.sendall((struct.pack("!B3xIB", 248, 0x80000003, 64) + bytes(64)) * 1000)
        except TimeoutError:
            pass
        echo(page, 1)

    @case("a greeting of a byte a second", "did not answer in time", status=TIMEOUT, slow=True, within=10)
    def _(s, page):
        agree(s)
        for byte in bytes(4) + init(name=b"evil" * 100):
            s.sendall(bytes([byte]))
            time.sleep(1)


# ---- running them ----

def guarded(number_of, run, world):
    try:
        run(world)
        result, why = "ok", ""
    except Exception:
        result, why = "not ok", traceback.format_exc()
    with LOCK:
        number_of[0] += 1
        print(f"{result} {number_of[0]} - {run.__name__}", flush=True)
        for line in why.splitlines():
            print("# " + line, flush=True)
    return result == "ok"


def main():
    pattern = os.environ.get("LABGATE_TEST_ONLY", "")
    world = World(PORTER, SESSION, PLUGINS)
    world.lab("open", protocol="vnc", name="evil")
    world.lab("jpeg", protocol="vnc", name="evil", quality_level=5)
    world.lab("password", protocol="vnc", name="evil", password="secret12")
    for cases in (SLOW, QUICK):
        cases[:] = [run for run in cases if pattern in run.__name__]
    number_of = [0]
    print(f"1..{len(SLOW) + len(QUICK) + 1}")
    try:
        with concurrent.futures.ThreadPoolExecutor(len(SLOW) + 4) as pool:
            page, upstream = begin(world, "open")
            greet(upstream)

            def still_well(world):
                follow(page, upstream)
                upstream.close()
                expect_end(page, ERROR, "closed the connection")
                finish(page)

            slow = [pool.submit(guarded, number_of, run, world) for run in SLOW]
            quick = [pool.submit(guarded, number_of, run, world) for run in QUICK]
            while not all(f.done() for f in slow + quick):
                page.settle(0.1)
            good = all(f.result() for f in slow + quick)
            good &= guarded(number_of, still_well, world)
    finally:
        world.close()
    sys.exit(0 if good else 1)


main()
