# SPDX-License-Identifier: LGPL-2.1-or-later
"""A porter on a bench: the real program with directories of its own, a systemd played by this process (listening
socket, notify socket with descriptor store) and sessions played by Session. Also runs test functions and prints TAP."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

NOT_FOUND, BROKEN, BUSY, TIMEOUT, UPSTREAM, GONE, EXPIRED, BAD = (
    0x0204, 0x0200, 0x0201, 0x0202, 0x0207, 0x020B, 0x020A, 0x0300)

# Puts the descriptors where systemd would.
LAUNCHER = """
import os, sys
for i in range(int(sys.argv[1])):
    os.dup2(1000 + i, 3 + i)
    os.close(1000 + i)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""


class Session:
    """The session's end of a connection."""

    def __init__(self, path, name="0123-abcd"):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path)

    def receive(self, timeout=10):
        """(type, {field: value}, [descriptors]); (None, {}, []) at the end."""
        self.socket.settimeout(timeout)
        try:
            data, fds, _, _ = socket.recv_fds(self.socket, 8192, 16)
        except ConnectionResetError:
            data, fds = b"", []
        if not data:
            return None, {}, []
        fields = dict(f.split("=", 1) for f in data[1:].decode().split("\0") if f)
        return chr(data[0]), fields, fds

    def expect(self, kind, timeout=10):
        got, fields, fds = self.receive(timeout)
        assert got == kind, f"{got!r} {fields} instead of {kind!r}"
        self.fds = fds
        return fields

    def say(self, kind, **fields):
        text = kind + "".join(f"{k}={v}\0" for k, v in fields.items())
        self.socket.send(text.encode("utf-8", "surrogateescape"))

    def hello(self):
        fields = self.expect("h")
        close_all(self.fds)
        return fields

    def look_up(self, token, **fields):
        self.hello()
        self.asked = time.monotonic()
        self.say("l", token=token, session=self.name, address="192.0.2.1", **fields)

    def refused(self, status, timeout=10):
        fields = self.expect("r", timeout)
        assert int(fields["status"]) == status, f"status {int(fields['status']):#06x} instead of {status:#06x}"
        self.answered = time.monotonic()
        return fields["text"]

    def upstream(self, timeout=10):
        """Through LAB to UPSTREAM: a connected socket."""
        self.lab = self.expect("L")
        self.say("o")
        close_all(self.fds)
        return self.only_upstream(timeout)

    def only_upstream(self, timeout=10):
        self.address = self.expect("u", timeout)["address"]
        assert len(self.fds) == 1
        return socket.socket(fileno=self.fds[0])

    def close(self):
        self.socket.close()


def close_all(fds):
    for fd in fds:
        os.close(fd)


class Bench:
    def __init__(self, program, hosts=None):
        self.program = program
        self.hosts = hosts
        self.root = tempfile.mkdtemp(prefix="labgate-porter-")
        self.labs = self.root + "/labs"
        self.more_labs = self.root + "/later/labs"
        self.state = self.root + "/state"
        self.config = self.root + "/labgate.conf"
        os.mkdir(self.labs)
        os.mkdir(self.state)
        self.path = self.root + "/porter.sock"
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen(1024)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(self.root + "/notify")
        self.notify.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.store = {}
        self.ready = threading.Event()
        threading.Thread(target=self.play_systemd, daemon=True).start()
        self.process = None
        self.upstreams = []

    # systemd's side

    def play_systemd(self):
        while True:
            try:
                data, fds, _, _ = socket.recv_fds(self.notify, 8192, 16)
            except OSError:
                return
            words = dict(w.split("=", 1) for w in data.decode().split("\n") if "=" in w)
            if words.get("FDSTORE") == "1":
                assert words.get("FDPOLL") == "0"
                self.store[words["FDNAME"]] = fds[0]
            elif words.get("FDSTOREREMOVE") == "1":
                close_all([self.store.pop(words["FDNAME"])] if words["FDNAME"] in self.store else [])
            elif words.get("READY") == "1":
                self.ready.set()

    def start(self):
        stored = list(self.store.items())
        self.ready.clear()
        fds = [self.listener.fileno()] + [fd for _, fd in stored]
        names = ":".join(["labgate-porter.socket"] + [name for name, _ in stored])
        environment = dict(os.environ, LABGATE_LABS=f"{self.labs}:{self.more_labs}", LABGATE_STATE=self.state,
                           LABGATE_CONFIG=self.config, LISTEN_FDS=str(len(fds)), LISTEN_FDNAMES=names,
                           NOTIFY_SOCKET=self.root + "/notify", XDG_CACHE_HOME=self.root + "/cache")
        environment.pop("JOURNAL_STREAM", None)
        # Fontconfig keeps what it has read in ways that the leak sanitizer does not follow.
        with open(self.root + "/suppressions", "w") as f:
            f.write("leak:libfontconfig\n")
        environment["LSAN_OPTIONS"] = f"suppressions={self.root}/suppressions:print_suppressions=0"
        high = [os.dup2(fd, 1000 + i, inheritable=True) for i, fd in enumerate(fds)]
        arguments = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(len(fds)), self.program]
        if self.hosts is not None:
            arguments = self.with_hosts(arguments)
        self.log = open(self.root + "/log", "ab")
        self.process = subprocess.Popen(arguments, env=environment, pass_fds=high, stderr=self.log)
        close_all(high)
        if not self.ready.wait(10):
            raise AssertionError("the porter is not ready: " + self.read_log())

    def with_hosts(self, arguments):
        """In a mount namespace where /etc/hosts is ours and asks nobody else."""
        for name, text in ("hosts", self.hosts), ("nsswitch.conf", "hosts: files\n"):
            with open(f"{self.root}/{name}", "w") as f:
                f.write(text)
        script = (f'mount --bind {self.root}/hosts /etc/hosts && mount --bind {self.root}/nsswitch.conf '
                  '/etc/nsswitch.conf && exec "$@"')
        return ["unshare", "--mount", "/bin/bash", "-c", script, "porter"] + arguments

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        status = self.process.wait(10)
        self.log.close()
        assert how == signal.SIGKILL or status == 0, f"exit status {status}: {self.read_log()}"

    def read_log(self):
        with open(self.root + "/log", errors="replace") as f:
            return f.read()

    def await_log(self, text, timeout=5):
        wait_for(lambda: text in self.read_log(), timeout, f"{text!r} in the log")

    def done(self):
        if self.process and self.process.poll() is None:
            self.stop()
        self.listener.close()
        self.notify.shutdown(socket.SHUT_RDWR)
        self.notify.close()
        close_all(self.store.values())
        for s in self.upstreams:
            s.close()
        shutil.rmtree(self.root)

    # labs

    def lab_path(self, token):
        return f"{self.labs}/{hashlib.sha256(token.encode()).hexdigest()}.conf"

    def lab(self, token, port, more="", hostname="127.0.0.1"):
        text = f'name = "lab {token}";\nprotocol = "ssh";\nhostname = "{hostname}";\nport = {port};\n{more}\n'
        self.write_lab(token, text)

    def write_lab(self, token, text, path=None):
        path = path or self.lab_path(token)
        with open(path + ".new", "w") as f:
            f.write(text)
        os.chmod(path + ".new", 0o600)
        os.rename(path + ".new", path)

    def machine(self, address="127.0.0.1", backlog=512, port=0):
        """A lab machine: something that listens."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        s = socket.socket(family, socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((address, port))
        s.listen(backlog)
        self.upstreams.append(s)
        return s.getsockname()[1]

    def silent_machine(self, address="127.0.0.1", port=0):
        """Its backlog is full, so it answers nothing to those who connect."""
        port = self.machine(address, 0, port)
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex((address, port))
            self.upstreams.append(s)
        time.sleep(0.05)
        return port

    def free_port(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    def session(self, name="0123-abcd"):
        return Session(self.path, name)

    def open(self, token, name="0123-abcd", **fields):
        s = self.session(name)
        s.look_up(token, **fields)
        return s


def wait_for(condition, timeout, what):
    until = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < until, "waited in vain for " + what
        time.sleep(0.02)


class Skip(Exception):
    pass


def can_mount():
    return os.geteuid() == 0 and subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode == 0


def run(tests, program):
    """Each test gets a bench of its own; hosts= as its attribute where it needs names."""
    failed = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        hosts = getattr(test, "hosts", None)
        if hosts is not None and not can_mount():
            print(f"ok {number} - {test.__name__} # SKIP needs root", flush=True)
            continue
        bench = Bench(program, hosts)
        try:
            getattr(test, "before", lambda b: None)(bench)
            bench.start()
            test(bench)
            bench.done()
            print(f"ok {number} - {test.__name__}", flush=True)
        except Skip as reason:
            bench.done()
            print(f"ok {number} - {test.__name__} # SKIP {reason}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {number} - {test.__name__}", flush=True)
            for line in (traceback.format_exc() + bench.read_log()[-3000:]).splitlines():
                print("# " + line)
            if bench.process:
                bench.process.kill()
    sys.exit(1 if failed else 0)
