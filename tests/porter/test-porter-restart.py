# SPDX-License-Identifier: LGPL-2.1-or-later
"""The porter dies, sessions die, and nothing is forgotten: descriptor store, limits, end records."""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
from porter_bench import BUSY, EXPIRED, GONE, run, wait_for


def ends(b, session):
    return b.read_log().count(f"Session {session} of")


def a_killed_session_is_recorded(b):
    b.lab("t", b.machine())
    s = b.open("t", "dead-1")
    s.upstream()
    s.close()
    b.await_log("Session dead-1 of lab t was lost")
    wait_for(lambda: not b.store, 5, "an empty store")


def a_session_that_says_goodbye_is_not(b):
    b.lab("t", b.machine())
    s = b.open("t", "polite-1")
    s.upstream()
    s.say("b")
    s.close()
    wait_for(lambda: not b.store, 5, "an empty store")
    time.sleep(0.1)
    assert ends(b, "polite-1") == 0


def a_goodbye_counts_whatever_was_not_read(b):
    b.lab("t", b.machine())
    s = b.open("t", "hasty-1")
    s.expect("L")
    s.say("o")
    time.sleep(0.3)  # UPSTREAM is there and stays unread
    s.say("b")
    s.close()
    wait_for(lambda: not b.store, 5, "an empty store")
    time.sleep(0.1)
    assert ends(b, "hasty-1") == 0


def what_was_never_opened_has_no_end(b):
    b.lab("t", b.machine())
    s = b.open("t", "young-1")
    s.expect("L")
    s.close()
    b.await_log("Session young-1 died before it opened lab t")
    wait_for(lambda: not b.store, 5, "an empty store")
    assert ends(b, "young-1") == 0


def sessions_outlive_the_porter(b):
    port = b.machine()
    b.lab("t", port, "max_sessions = 2;")
    b.lab("gone", port)
    b.lab("edited", port)
    s, gone, edited = b.open("t", "live-1"), b.open("gone", "live-2"), b.open("edited", "live-3")
    streams = [x.upstream() for x in (s, gone, edited)]
    wait_for(lambda: len(b.store) == 3, 5, "three in the store")
    for how in signal.SIGKILL, signal.SIGTERM, signal.SIGKILL:
        b.stop(how)
        b.start()
        for x in s, gone, edited:
            x.expect("R")
    for stream in streams:
        stream.setblocking(False)
        stream.send(b"still there")
    assert len(b.store) == 3 and "was lost" not in b.read_log()

    # New ones come in, old ones count.
    second = b.open("t", "live-4")
    second.upstream()
    b.open("t").refused(BUSY)
    # Another connection to the same lab.
    s.say("a")
    assert s.only_upstream().getpeername()[1] == port
    # Labs are still watched.
    os.unlink(b.lab_path("gone"))
    assert int(gone.expect("e", 5)["status"]) == GONE
    b.lab("edited", port, 'not_after = "2020-01-01T00:00:00Z";')
    assert int(edited.expect("e", 5)["status"]) == EXPIRED
    # Ends are still recorded, once.
    s.close()
    b.await_log("Session live-1 of lab t was lost")
    assert ends(b, "live-1") == 1
    b.open("t").upstream()


def the_port_asked_for_is_remembered(b):
    port, other = b.machine(), b.machine()
    b.lab("t", port, f"ports = [{other}];")
    s = b.open("t", port=other)
    s.upstream()
    b.stop(signal.SIGKILL)
    b.start()
    s.expect("R")
    s.say("a")
    assert s.only_upstream().getpeername()[1] == other


def what_ends_while_there_is_no_porter(b):
    port = b.machine()
    b.lab("t", port)
    b.lab("gone", port)
    dead, polite, gone = b.open("t", "dead-1"), b.open("t", "polite-1"), b.open("gone", "gone-1")
    for s in dead, polite, gone:
        s.upstream()
    b.stop(signal.SIGKILL)
    dead.close()
    polite.say("b")
    polite.close()
    os.unlink(b.lab_path("gone"))
    early = b.session("early-1")
    b.start()
    b.await_log("Session dead-1 of lab t was lost")
    gone.expect("R")
    assert int(gone.expect("e", 5)["status"]) == GONE
    # Whoever came meanwhile was kept in the socket.
    early.look_up("t")
    early.upstream()
    wait_for(lambda: len(b.store) == 2, 5, "only the live ones in the store")
    assert ends(b, "dead-1") == 1 and ends(b, "polite-1") == 0


def a_connection_in_the_making_is_asked_for_again(b):
    b.lab("t", b.silent_machine(), "timeout = 60;")
    s = b.open("t")
    s.expect("L")
    wait_for(lambda: b.store, 5, "one in the store")
    b.stop(signal.SIGKILL)
    b.lab("t", b.machine())
    b.start()
    s.expect("R")
    b.open("t")


def a_session_that_waits_for_its_lab_asks_again(b):
    port = b.machine()
    b.lab("t", port, "single_use = true;")
    b.lab("other", port)
    wrong, right = b.open("other", "x-1"), b.open("t", "x-2")
    wrong.upstream(), right.upstream()
    wait_for(lambda: len(b.store) == 2, 5, "two in the store")
    b.stop(signal.SIGKILL)
    b.start()
    for s in wrong, right:
        s.expect("R")
        s.say("l", token="t", session=s.name)
    # As if LAB had never come; the token is used, but by this very session. Only it gets in, and only once.
    assert wrong.receive()[0] is None
    right.upstream()
    right.say("l", token="t", session="x-2")
    assert right.receive()[0] is None


def strangers_in_the_store_are_dropped(b):
    b.lab("t", b.machine())
    name = "session1." + "0" * 64 + ".1.22.x-1."
    for bad in "other", "session1", name.replace("session1", "session2"), name.replace(".22.", ".0."), name + "/", \
               name.replace("x-1", "x/1"), name.replace("000", "00g"):
        b.store[bad] = os.open("/dev/null", os.O_RDONLY)
    # A good name on what is no connection.
    b.store[name] = os.open("/dev/null", os.O_RDONLY)
    b.stop()
    b.start()
    assert b.read_log().count("Unknown descriptor") == 8
    b.open("t").upstream()


tests = [a_killed_session_is_recorded, a_session_that_says_goodbye_is_not,
         a_goodbye_counts_whatever_was_not_read, what_was_never_opened_has_no_end, sessions_outlive_the_porter,
         the_port_asked_for_is_remembered, what_ends_while_there_is_no_porter,
         a_connection_in_the_making_is_asked_for_again,
         a_session_that_waits_for_its_lab_asks_again, strangers_in_the_store_are_dropped]

if __name__ == "__main__":
    only = sys.argv[2:]
    run([t for t in tests if not only or t.__name__ in only], sys.argv[1])
