# SPDX-License-Identifier: LGPL-2.1-or-later
"""The porter from outside: what a session is told, when, and what it is handed."""

import datetime
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(__file__))
from porter_bench import (BAD, BROKEN, BUSY, EXPIRED, GONE, NOT_FOUND, TIMEOUT, UPSTREAM, Skip, close_all, run,
                          wait_for)


def at(seconds):
    """A time from now as lab files write it."""
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def found_and_connected(b):
    port = b.machine()
    with open(b.config, "w") as f:
        f.write("# nothing\n")
    b.lab("t", port)
    s = b.session()
    assert s.expect("h") == {"version": "1"}
    assert os.read(s.fds[0], 100) == b"# nothing\n"
    s.say("l", token="t", session="a-1", address="::1")
    lab = s.expect("L")
    assert lab["name"] == "lab t" and lab["file"] == b.lab_path("t")
    text = os.read(s.fds[0], 100)
    assert text.startswith(b'name = "lab t"'), text
    try:
        os.write(s.fds[0], b"x")
        raise AssertionError("the lab file can be written")
    except OSError:
        pass
    roles = lab["fonts"].split()
    assert len(roles) == len(s.fds) - 1 and len(roles) <= 12
    assert not roles or (roles[0].startswith("R:") and sum(r[0] == "R" for r in roles) == 1)
    faces = {(os.fstat(fd).st_ino, role.split(":")[1]) for fd, role in zip(s.fds[1:], roles)}
    assert len(faces) == len(roles), "a font twice"
    close_all(s.fds)
    u = s.only_upstream()
    assert s.address == f"127.0.0.1:{port}"
    assert not os.get_blocking(u.fileno()) and u.getpeername() == ("127.0.0.1", port)
    options = ((socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15),
               (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5), (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
               (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30000), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1))
    for level, name, value in options:
        assert u.getsockopt(level, name) == value, (level, name)


def fonts_are_the_lab_s_or_the_service_s(b):
    installed = subprocess.run(["fc-list", ":outline=true", "family", "file"], capture_output=True, text=True).stdout
    if "DejaVu Serif" not in installed or "DejaVu Sans Mono" not in installed:
        raise Skip("the DejaVu fonts are not installed")
    port = b.machine()
    with open(b.config, "w") as f:
        f.write('font_name = "DejaVu Serif";\n')
    b.lab("named", port, 'font_name = "DejaVu Sans Mono";')
    b.lab("unnamed", port)
    b.lab("unknown", port, 'font_name = "No Such Font";')
    first = {}
    for token in "named", "unnamed", "unknown":
        s = b.open(token)
        roles = s.expect("L")["fonts"].split()
        first[token] = os.readlink(f"/proc/self/fd/{s.fds[1]}")
        assert roles[0] == "R:0"
        close_all(s.fds)
    assert first["named"].endswith("DejaVuSansMono.ttf") and first["unnamed"].endswith("DejaVuSerif.ttf"), first
    b.process.send_signal(signal.SIGHUP)
    s = b.open("named")
    s.expect("L")
    assert os.readlink(f"/proc/self/fd/{s.fds[1]}") == first["named"]


def no_configuration_is_no_descriptor(b):
    s = b.session()
    s.expect("h")
    assert s.fds == []


def one_answer_for_all_that_is_not_found(b):
    port = b.machine()
    b.lab("expired", port, f'not_after = "{at(-5)}";')
    b.lab("early", port, f'not_before = "{at(60)}";')
    b.lab("used", port, "single_use = true;")
    b.open("used").upstream().close()
    answers, times = set(), {}
    for token in ("unknown", "expired", "early", "used", "not/a/token", "../etc/passwd", "", "x" * 129, "\udcff\udcfe"):
        for _ in range(5):
            s = b.open(token)
            answers.add(s.refused(NOT_FOUND))
            times.setdefault(token, []).append(s.answered - s.asked)
            s.close()
    assert len(answers) == 1, answers
    # The administrator may know.
    for reason in "no-such-token", "expired", "not-yet-valid", "used":
        b.await_log(": " + reason)
    medians = [statistics.median(t) for t in times.values()]
    print(f"# {min(medians) * 1000:.1f} to {max(medians) * 1000:.1f} ms")
    assert min(medians) >= 0.245 and max(medians) - min(medians) < 0.02, medians


def time_limits_have_edges(b):
    port = b.machine()
    b.lab("now", port, f'not_before = "{at(-1)}"; not_after = "{at(60)}";')
    b.open("now").upstream()


def single_use_is_once(b):
    port = b.machine()
    rounds, wins, lock = 200, {}, threading.Lock()
    for i in range(rounds):
        b.lab(f"once{i}", port, "single_use = true;")

    def one(token):
        s = b.session()
        s.look_up(token)
        kind, fields, fds = s.receive()
        close_all(fds)
        assert kind == "L" or int(fields["status"]) == NOT_FOUND
        with lock:
            wins[token] = wins.get(token, 0) + (kind == "L")
        s.close()

    for first in range(0, rounds, 8):
        tokens = [f"once{i}" for i in range(first, min(first + 8, rounds))]
        threads = [threading.Thread(target=one, args=(token,)) for token in tokens for _ in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert len(wins) == rounds
    assert set(wins.values()) == {1}, wins


def a_full_lab_uses_up_no_token(b):
    port = b.machine()
    with open(b.config, "w") as f:
        f.write("max_sessions = 1;\n")
    b.lab("first", port)
    b.lab("once", port, "single_use = true;")
    s = b.open("first")
    s.upstream()
    b.open("once").refused(BUSY)
    s.close()
    time.sleep(0.1)
    b.open("once").upstream()


def sessions_of_a_lab_are_limited(b):
    port = b.machine()
    b.lab("two", port, "max_sessions = 2;")
    b.lab("other", port)
    sessions = [b.open("two", f"s-{i}") for i in range(2)]
    for s in sessions:
        s.upstream()
    assert "sessions" in b.open("two").refused(BUSY)
    b.open("other").upstream()
    sessions[0].close()
    time.sleep(0.1)
    third = b.open("two")
    third.upstream()
    b.open("two").refused(BUSY)


def sessions_of_the_service_are_limited(b):
    port = b.machine()
    b.lab("t", port)
    with open(b.config, "w") as f:
        f.write("max_sessions = 3;\n")
    sessions = [b.open("t", f"s-{i}") for i in range(3)]
    for s in sessions:
        s.upstream()
    b.open("t").refused(BUSY)
    with open(b.config, "w") as f:
        f.write("max_sessions = 4;\n")
    b.open("t").upstream()


def broken_labs_tell_the_log_not_the_page(b):
    port, path = b.machine(), b.lab_path
    good = f'name = "n"; protocol = "ssh"; hostname = "127.0.0.1"; port = {port};'
    texts = {
        "syntax": "name = ;", "type": good + " wait = true;", "range": good.replace(str(port), "65536"),
        "huge": good.replace(str(port), "99999999999"), "include": f'@include "/etc/passwd"\n{good}',
        "missing": 'name = "n";', "large": good + "#" * (65 * 1024), "protocol": good.replace("ssh", "../x"),
        "noport": good.replace("ssh", "other").replace(f"port = {port};", ""),
    }
    for token, text in texts.items():
        b.write_lab(token, text)
    b.write_lab("writable", good)
    os.chmod(path("writable"), 0o666)
    b.write_lab("target", good)
    os.symlink(path("target"), path("symlink"))
    os.mkfifo(path("fifo"), 0o600)
    os.mkdir(path("directory"))
    answers = set()
    for token in [*texts, "writable", "symlink", "fifo", "directory"]:
        before = len(b.read_log())
        s = b.open(token)
        answers.add(s.refused(BROKEN))
        log = b.read_log()[before:]
        assert os.path.basename(path(token)) in log, (token, log)
        s.close()
    assert len(answers) == 1, answers
    assert "/" not in answers.pop()


def only_listed_ports(b):
    port, other, third = b.machine(), b.machine(), b.machine()
    b.lab("t", port, f"ports = [{other}];")
    for wanted in port, other:
        s = b.open("t", port=wanted)
        assert s.upstream().getpeername()[1] == wanted
    b.open("t", port=third).refused(BAD)


def nonsense_ends_the_connection(b):
    b.lab("t", b.machine())
    for text in ("l", "ltoken=t\0", "ltoken=t\0session=\0", "ltoken=t\0session=a b\0", "a", "h", "u", "?", "l\0",
                 "ltoken=t\0session=" + "x" * 41 + "\0", "ltoken=t\0session=a\0port=0\0",
                 "ltoken=t\0session=a\0port=65536\0", "ltoken=t\0session=a\0port=x\0", "l" + "x" * 5000):
        s = b.session()
        s.hello()
        s.socket.send(text.encode())
        assert s.receive()[0] is None, text
    s = b.open("unknown")
    s.say("l", token="t", session="a")
    assert s.receive()[0] is None
    s = b.open("t")
    s.upstream()
    s.say("l", token="t", session="a")
    assert s.receive()[0] is None


def a_flood_of_garbage_harms_nobody(b):
    b.lab("t", b.machine())
    live = b.open("t")
    live.upstream()
    idle = [b.session() for _ in range(500)]
    descriptors = lambda: len(os.listdir(f"/proc/{b.process.pid}/fd"))
    wait_for(lambda: descriptors() > 500, 5, "500 connections")
    for i in range(2000):
        s = b.session()
        s.socket.send(os.urandom(1 + i % 64))
        s.close()
    began = time.monotonic()
    b.open("t").upstream()
    assert time.monotonic() - began < 1
    live.say("a")
    live.only_upstream()
    for s in idle:
        s.close()
    wait_for(lambda: descriptors() < 50, 5, "closed descriptors")


def who_says_nothing_is_dropped(b):
    s = b.session()
    s.hello()
    began = time.monotonic()
    assert s.receive(15)[0] is None
    assert 9 < time.monotonic() - began < 12


def a_machine_that_refuses(b):
    b.lab("t", b.free_port())
    s = b.open("t")
    s.expect("L")
    assert s.refused(UPSTREAM) == "lab t refused the connection."


def a_machine_that_never_answers(b):
    b.lab("t", b.silent_machine(), "timeout = 2;")
    s = b.open("t")
    s.expect("L")
    s.refused(TIMEOUT)
    assert 1.8 < s.answered - s.asked < 2.7, s.answered - s.asked
    # Nobody else waits meanwhile.
    b.lab("good", b.machine())
    b.open("t")
    began = time.monotonic()
    b.open("good").upstream()
    assert time.monotonic() - began < 0.5


def a_machine_that_comes_up_later(b):
    port = b.free_port()
    b.lab("t", port, "wait = 20;")
    s = b.open("t")
    s.expect("L")
    text = s.expect("w")["text"]
    assert text.startswith("lab t is still starting: connection refused; trying for another "), text
    time.sleep(1.5)
    b.machine(port=port)
    began = time.monotonic()
    s.only_upstream()
    assert time.monotonic() - began < 2


def waiting_ends(b):
    """Said at once and then every three seconds while there is time left."""
    b.lab("t", b.free_port(), "wait = 5;")
    s = b.open("t")
    s.expect("L")
    waiting = 0
    while True:
        kind, fields, _ = s.receive()
        if kind != "w":
            break
        waiting += 1
    assert kind == "r" and int(fields["status"]) == UPSTREAM
    assert waiting == 2 and 3.5 < time.monotonic() - s.asked < 6, waiting


def an_unknown_name(b):
    b.lab("t", 22, hostname="nothing.invalid")
    s = b.open("t")
    s.expect("L")
    assert s.refused(UPSTREAM) == "The host name of lab t is unknown."


an_unknown_name.hosts = "127.0.0.1 localhost\n"


def the_first_address_is_dead(b):
    """127.0.0.1 sorts before 127.0.0.2, being nearer to itself. Silence there costs the stagger, a refusal nothing."""
    port = b.machine("127.0.0.2")
    b.lab("refusing", port, hostname="both.test")
    b.lab("silent", port, hostname="both.test")
    for token, least, most in ("refusing", 0, 0.2), ("silent", 0.24, 0.6):
        if token == "silent":
            b.silent_machine("127.0.0.1", port)
        s = b.open(token)
        s.upstream()
        took = time.monotonic() - s.asked
        print(f"# {token}: {s.address} after {took * 1000:.0f} ms")
        assert s.address == f"127.0.0.2:{port}" and least <= took < most, took


the_first_address_is_dead.hosts = "127.0.0.1 both.test\n127.0.0.2 both.test\n"


def the_families_take_turns(b):
    """Four dead IPv4 addresses do not stand before a live IPv6 one."""
    port = b.silent_machine("127.0.0.1")
    for i in 2, 3, 4:
        b.silent_machine(f"127.0.0.{i}", port)
    b.machine("::1", port=port)
    b.lab("t", port, hostname="many.test")
    s = b.open("t")
    s.upstream()
    took = time.monotonic() - s.asked
    assert s.address == f"[::1]:{port}" and took < 0.5, took


the_families_take_turns.hosts = "".join(f"127.0.0.{i} many.test\n" for i in (1, 2, 3, 4)) + "::1 many.test\n"


def again_is_another_connection(b):
    b.lab("t", b.machine())
    s = b.open("t")
    first = s.upstream()
    s.say("a")
    second = s.only_upstream()
    assert first.getsockname() != second.getsockname()
    for _ in range(7):
        s.say("a")
        s.only_upstream().close()
    s.say("a")
    s.refused(BUSY)


def a_removed_lab_ends_its_sessions(b):
    port = b.machine()
    b.lab("t", port)
    b.lab("other", port)
    s, other = b.open("t"), b.open("other")
    s.upstream(), other.upstream()
    os.unlink(b.lab_path("t"))
    began = time.monotonic()
    assert int(s.expect("e")["status"]) == GONE
    print(f"# after {time.monotonic() - began:.1f} s")
    assert time.monotonic() - began < 5
    b.lab("u", port)
    third = b.open("u")
    third.upstream()
    os.rename(b.lab_path("u"), b.root + "/aside")
    assert int(third.expect("e", 5)["status"]) == GONE
    other.socket.settimeout(0.1)
    try:
        raise AssertionError(other.receive(0.1))
    except TimeoutError:
        pass


def an_expired_lab_ends_its_sessions(b):
    b.lab("t", b.machine(), f'not_after = "{at(3)}";')
    s = b.open("t")
    s.upstream()
    began = time.monotonic()
    assert int(s.expect("e")["status"]) == EXPIRED
    assert time.monotonic() - began < 3 + 5


def an_edited_lab_does_not(b):
    port = b.machine()
    b.lab("t", port)
    s = b.open("t")
    s.upstream()
    for text in f"read_only = true;", "rubbish":
        b.lab("t", port, text)
        time.sleep(2.5)
    # As some editors do: away and back.
    os.rename(b.lab_path("t"), b.root + "/aside")
    time.sleep(0.4)
    b.lab("t", port)
    try:
        raise AssertionError(s.receive(3))
    except TimeoutError:
        pass
    b.lab("t", port, f'not_after = "{at(-1)}";')
    assert int(s.expect("e", 5)["status"]) == EXPIRED


def directories_that_appear_later(b):
    os.makedirs(b.more_labs)
    b.lab("t", b.machine())
    os.rename(b.lab_path("t"), b.more_labs + "/" + os.path.basename(b.lab_path("t")))
    s = b.open("t")
    s.upstream()
    os.unlink(b.more_labs + "/" + os.path.basename(b.lab_path("t")))
    assert int(s.expect("e", 5)["status"]) == GONE


def a_used_token_lives_anew_with_a_new_lab(b):
    port = b.machine()
    b.lab("t", port, "single_use = true;")
    s = b.open("t")
    s.upstream()
    s.close()
    b.open("t").refused(NOT_FOUND)
    os.unlink(b.lab_path("t"))
    b.process.send_signal(signal.SIGHUP)
    wait_for(lambda: os.listdir(b.state + "/used") == [], 5, "the mark to go")
    b.lab("t", port, "single_use = true;")
    b.open("t").upstream()


def no_secret_in_the_log(b):
    b.lab("token-canary", b.machine(), 'password = "password-canary";')
    b.open("token-canary").upstream()
    b.open("token-canary-2").refused(NOT_FOUND)
    b.write_lab("broken-canary", 'password = "password-canary"; name = 5;')
    b.open("broken-canary").refused(BROKEN)
    assert "canary" not in b.read_log().replace("lab token-canary", ""), b.read_log()


def the_administrator_sees_and_ends_sessions(b):
    port = b.machine()
    b.lab("t", port)
    before = int(time.time() * 1e6)
    first, second = b.open("t", name="a-1"), b.open("t", name="b-2")
    for s in first, second:
        s.upstream()
    administrator = b.session()
    administrator.hello()
    listed, after = [], 0
    while True:
        administrator.say("i", after=after)
        fields = administrator.expect("I")
        if not fields:
            break
        after = fields["serial"]
        listed.append(fields)
    assert [f["session"] for f in listed] == [first.name, second.name], listed
    assert listed[0]["lab"] == "lab t" and listed[0]["protocol"] == "ssh" and listed[0]["address"] == "192.0.2.1"
    assert listed[0]["upstream"] == f"127.0.0.1:{port}" and int(listed[0]["pid"]) == os.getpid()
    assert before - 1e6 < int(listed[0]["since"]) < time.time() * 1e6
    administrator.say("k", session="nobody")
    assert administrator.expect("K") == {"sessions": "0"}
    administrator.say("k", session=first.name)
    assert administrator.expect("K") == {"sessions": "1"}
    assert int(first.expect("e")["status"]) == GONE
    for nonsense in ("i", {}), ("i", {"after": "x"}), ("k", {}), ("k", {"session": ""}):
        s = b.session()
        s.hello()
        s.say(nonsense[0], **nonsense[1])
        assert s.receive()[0] is None, nonsense
    s = b.open("t")
    s.upstream()
    s.say("i", after=0)
    assert s.receive()[0] is None, "a session may list"


def nobody_else_may_see_or_end_sessions(b):
    b.lab("t", b.machine())
    b.open("t").upstream()
    os.chmod(b.root, 0o711)
    os.chmod(b.path, 0o666)
    for kind, fields in ("i", {"after": 0}), ("k", {"session": "0123-abcd"}):
        child = os.fork()
        if child == 0:
            answered = True
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                s = b.session()
                s.hello()
                s.say(kind, **fields)
                answered = s.receive()[0] is not None
            finally:
                os._exit(1 if answered else 0)
        assert os.waitpid(child, 0)[1] == 0, kind


tests = [found_and_connected, fonts_are_the_lab_s_or_the_service_s, no_configuration_is_no_descriptor, one_answer_for_all_that_is_not_found,
         time_limits_have_edges, single_use_is_once, a_full_lab_uses_up_no_token, sessions_of_a_lab_are_limited,
         sessions_of_the_service_are_limited, broken_labs_tell_the_log_not_the_page, only_listed_ports,
         nonsense_ends_the_connection, a_flood_of_garbage_harms_nobody, who_says_nothing_is_dropped,
         a_machine_that_refuses, a_machine_that_never_answers, a_machine_that_comes_up_later, waiting_ends,
         an_unknown_name, the_first_address_is_dead, the_families_take_turns, again_is_another_connection, a_removed_lab_ends_its_sessions,
         an_expired_lab_ends_its_sessions, an_edited_lab_does_not, directories_that_appear_later,
         a_used_token_lives_anew_with_a_new_lab, no_secret_in_the_log, the_administrator_sees_and_ends_sessions, nobody_else_may_see_or_end_sessions]

if __name__ == "__main__":
    only = sys.argv[2:]
    run([t for t in tests if not only or t.__name__ in only], sys.argv[1])
