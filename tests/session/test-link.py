#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real session and a porter that does what none should: messages without descriptors, twice, out of order, never.
argv is session, plugin directory."""

import array
import os
import re
import socket
import sys
import time
import traceback

from page import World

SESSION, PLUGINS = sys.argv[1:3]
TESTS = []


class Porter:
    """The porter's end of one session's connection, and a page that the session belongs to."""

    def __init__(self, world, query=""):
        self.world = world
        self.page = world.open("t", query, upgrade=False)
        world.listener.settimeout(10)
        self.link = world.listener.accept()[0]
        self.link.settimeout(10)

    def say(self, letter, *fds, **fields):
        text = letter + "".join(f"{k}={v}\0" for k, v in fields.items())
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        self.link.sendmsg([text.encode()], rights)

    def upgrade(self, query=""):
        self.say("h", version=1)
        return self.page.request(f"/ws?token=t{query}")

    def heard(self):
        return self.link.recv(4096).decode()[:1]

    def lab(self, **fields):
        with open(self.world.lab("t"), "rb") as f:
            self.say("L", f.fileno(), name="card", file="lab.conf", fonts="", **fields)

    def upstream(self):
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        self.say("u", theirs.fileno(), address="127.0.0.1:7")
        theirs.close()
        return ours

    def run(self):
        """To a session that runs."""
        self.upgrade()
        assert self.heard() == "l"
        self.lab()
        self.running = self.upstream()
        self.page.wait("sync")
        return self.running


def test(function):
    def run():
        world = World(None, SESSION, PLUGINS)
        try:
            function(world)
        finally:
            world.close()
    run.__name__ = function.__name__
    TESTS.append(run)
    return run


def expect_end(page, status):
    text, got = page.end()
    assert got == status and page.close_reason == str(status), (text, got, page.close_reason)
    page.socket.close()
    assert page.process.wait(5) == 0


@test
def a_lab_without_a_descriptor_is_our_own_failure(world):
    porter = Porter(world)
    porter.upgrade()
    porter.say("L", name="card", file="lab.conf", fonts="R:0 B:0")
    expect_end(porter.page, 0x200)


@test
def fonts_that_do_not_come_are_none(world):
    porter = Porter(world)
    porter.upgrade()
    with open(world.lab("t"), "rb") as f:
        porter.say("L", f.fileno(), name="card", file="lab.conf", fonts="R:0 B:1 X:9 " + "F:3 " * 99)
    porter.upstream()
    porter.page.wait("sync")


@test
def an_upstream_without_a_descriptor_is_ignored(world):
    porter = Porter(world)
    porter.upgrade()
    porter.lab()
    porter.say("u", address="127.0.0.1:7")
    upstream = porter.upstream()
    porter.page.wait("sync")
    upstream.send(b"t")
    porter.page.wait("name", _1="testcard")


@test
def what_comes_twice_counts_once(world):
    porter = Porter(world)
    first = porter.run()
    second = porter.upstream()
    porter.lab()
    porter.say("h", version=1)
    assert second.recv(1) == b"", "nobody asked for another connection"
    first.send(b"t")
    porter.page.wait("name", _1="testcard")


@test
def a_head_that_waits_for_the_porter_has_a_limit(world):
    porter = Porter(world)
    try:
        porter.page.send_raw(b"GET / HTTP/1.1\r\nX: " + 100000 * b"x")
    except (BrokenPipeError, ConnectionResetError):
        pass
    assert porter.page.read_head().startswith("HTTP/1.1 431 ")


@test
def what_comes_too_early_is_ignored(world):
    porter = Porter(world)
    early = porter.upstream()
    porter.say("w", text="not yet")
    porter.lab()
    assert early.recv(1) == b""
    porter.run()


@test
def the_end_may_come_at_any_time(world):
    porter = Porter(world)
    porter.say("e", status=0x20B, text="The lab has been removed.")
    assert porter.page.process.wait(5) == 0
    porter = Porter(world)
    porter.upgrade()
    porter.say("e", status=0x20B, text="The lab has been removed.")
    expect_end(porter.page, 0x20B)
    porter = Porter(world)
    porter.run()
    porter.say("r", status=0x201, text="This session has connected too often.")
    expect_end(porter.page, 0x201)
    porter = Porter(world)
    porter.run()
    porter.say("e", status="nonsense")
    expect_end(porter.page, 0x200)


@test
def nonsense_is_not_listened_to(world):
    for bytes_ in (b"?", b"eno equals sign\0", b"e" + b"a=1\0" * 99, b"e" * 4097, b"estatus=1"):
        porter = Porter(world)
        porter.upgrade()
        porter.link.send(bytes_)
        expect_end(porter.page, 0x200)
        porter = Porter(world)
        upstream = porter.run()
        porter.link.send(bytes_)
        upstream.send(b"t")
        porter.page.wait("name", _1="testcard")


@test
def a_newer_porter_may_say_more(world):
    porter = Porter(world)
    upstream = porter.run()
    porter.link.send(b"Znews=1\0")
    porter.say("e", status=0x20B, text="Bye.")
    expect_end(porter.page, 0x20B)
    upstream.close()


@test
def a_porter_that_goes_away_is_missed_only_by_who_needs_it(world):
    porter = Porter(world)
    porter.link.close()
    assert porter.page.request("/ws?token=t").startswith("HTTP/1.1 101 ")
    expect_end(porter.page, 0x200)
    porter = Porter(world)
    porter.upgrade()
    porter.link.close()
    expect_end(porter.page, 0x200)
    porter = Porter(world)
    upstream = porter.run()
    porter.link.close()
    upstream.send(b"e")
    expect_end(porter.page, 0)


@test
def a_new_porter_is_asked_again(world):
    porter = Porter(world)
    porter.upgrade()
    assert porter.heard() == "l"
    porter.say("R")
    assert porter.heard() == "l"
    porter.lab()
    assert porter.heard() == "o"
    porter.say("R")
    assert porter.heard() == "a"
    porter.upstream()
    porter.page.wait("sync")
    porter.say("R")
    porter.page.say("disconnect")
    assert porter.heard() == "b"


@test
def the_size_that_a_page_sends_early_counts(world):
    porter = Porter(world)
    porter.upgrade("&width=640&height=480")
    porter.page.say("size", 700, 500)
    porter.page.say("", "ping", 1)
    porter.page.wait("", _1="ping")
    porter.lab()
    assert porter.page.wait("size")[1:] == ["0", "700", "500"]


@test
def a_page_that_asks_and_does_not_read_is_not_read(world):
    porter = Porter(world)
    porter.run()
    page = porter.page
    page.settle()

    def memory():
        with open(f"/proc/{page.process.pid}/status") as f:
            return int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1))

    before, sent = memory(), 0
    frame = bytearray()
    body = b"0.,4.ping,4.1234;" * 3000
    frame += bytes([0x81, 0x80 | 126]) + len(body).to_bytes(2, "big") + bytes(4) + body
    page.socket.setblocking(False)
    still = time.monotonic() + 1
    while time.monotonic() < still and sent < 1 << 28:
        try:
            sent += page.socket.send(frame[sent % len(frame):])
            still = time.monotonic() + 1
        except BlockingIOError:
            time.sleep(0.02)
    most = memory() - before
    print(f"# {sent} bytes taken, {most} KiB more")
    assert sent < 1 << 28, "it reads for ever"
    assert os.environ.get("LABGATE_SANITIZED") or most < 8 * 1024, most
    page.socket.setblocking(True)
    rest = sent % len(frame)
    page.acknowledge = False
    expected = sent // len(frame) * 3000
    while len(page.instructions) < expected:
        page.pump()
    if rest:
        page.send_raw(bytes(frame[rest:]))
    page.say("", "ping", "last")
    page.wait("", _1="ping", _2="last")


def main():
    failed = 0
    chosen = [t for t in TESTS if len(sys.argv) < 4 or sys.argv[3] in t.__name__]
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
