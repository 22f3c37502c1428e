# SPDX-License-Identifier: LGPL-2.1-or-later
"""The browser's side of a session for tests, by hand: WebSocket frames and Guacamole instructions over a socket, so
that a test can also send what no browser would. And the processes themselves, started as systemd starts them."""

import base64
import hashlib
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile
import time

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def instruction(*elements):
    return ",".join(f"{len(str(e))}.{e}" for e in elements) + ";"


def parse(text):
    """All instructions of a message: lists of elements, the opcode first. Raises on anything that is none."""
    result, at, elements = [], 0, []
    while at < len(text):
        dot = text.index(".", at)
        end = dot + 1 + int(text[at:dot])
        elements.append(text[dot + 1:end])
        if text[end] == ";":
            result.append(elements)
            elements = []
        elif text[end] != ",":
            raise ValueError(f"bad terminator in {text[at:end + 1]!r}")
        at = end + 1
    if elements:
        raise ValueError("an instruction is cut off")
    return result


def activated(command, fd, env, **options):
    """Starts a process that finds fd as descriptor 3, as sd_listen_fds(3) has it."""
    inheritable = os.dup(fd)
    child = subprocess.Popen(
        ["bash", "-c", 'exec 3<&$FD; unset FD; LISTEN_PID=$$ exec "$@"', "bash", *command],
        env={**os.environ, **env, "LISTEN_FDS": "1", "FD": str(inheritable)}, pass_fds=[inheritable],
        stdin=subprocess.DEVNULL, **options)
    os.close(inheritable)
    return child


class World:
    """A porter, lab directories and a lab machine that is a plain TCP listener."""

    def __init__(self, porter, session, plugins, configuration=""):
        self.folder = tempfile.TemporaryDirectory(prefix="labgate-test-")
        self.path = self.folder.name
        self.session = session
        for name in ("labs", "state", "cache"):
            os.mkdir(f"{self.path}/{name}", 0o750)
        with open(f"{self.path}/labgate.conf", "w") as f:
            f.write(configuration)
        self.env = {
            "LABGATE_CONFIG": f"{self.path}/labgate.conf", "LABGATE_LABS": f"{self.path}/labs",
            "LABGATE_STATE": f"{self.path}/state", "LABGATE_PORTER": f"{self.path}/porter.sock",
            "LABGATE_PLUGINS": plugins,
        }
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(f"{self.path}/porter.sock")
        self.listener.listen(64)
        self.porter = activated([porter], self.listener.fileno(), self.env) if porter else None
        self.host = socket.create_server(("127.0.0.1", 0))
        self.host.settimeout(10)
        self.pages = []

    def lab(self, token, text=None, **settings):
        """Writes a lab for the testcard plugin, or whatever text says."""
        values = {"name": "card", "protocol": "testcard", "hostname": "127.0.0.1",
                  "port": self.host.getsockname()[1], **settings}
        if text is None:
            text = "".join(f"{k} = {_literal(v)};\n" for k, v in values.items() if v is not None)
        path = f"{self.path}/labs/{hashlib.sha256(token.encode()).hexdigest()}.conf"
        with open(path + ".new", "w") as f:
            os.fchmod(f.fileno(), 0o640)
            f.write(text)
        os.rename(path + ".new", path)
        return path

    def open(self, token="t", query="", **options):
        page = Page(self, f"/ws?token={token}{query}", **options)
        self.pages.append(page)
        return page

    def accept(self):
        return self.host.accept()[0]

    def close(self):
        for page in self.pages:
            page.close()
        if self.porter:
            self.porter.send_signal(signal.SIGTERM)
            self.porter.wait(10)
        self.listener.close()
        self.host.close()
        self.folder.cleanup()


def _literal(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_literal(v) for v in value) + "]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Page:
    """One session process and this end of its connection."""

    def __init__(self, world, path, upgrade=True, headers=(), acknowledge=True):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX)
        self.process = self.start([world.session], theirs.fileno(), world.env)
        theirs.close()
        self.acknowledge = acknowledge
        self.buffer = b""
        self.instructions = []
        self.unanswered = []  # timestamps of syncs
        self.close_code = self.close_reason = None
        self.pongs = 0
        if upgrade:
            self.head = self.request(path, headers)

    def start(self, command, fd, env, **options):
        return activated(command, fd, env, **options)

    def request(self, path, headers=()):
        self.send_raw("".join(f"{line}\r\n" for line in [
            f"GET {path} HTTP/1.1", "Host: labs", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol: guacamole", "X-Real-IP: 192.0.2.7", *headers, ""]).encode())
        return self.read_head()

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            if not self.fill(10):
                break
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return head.decode()

    def fill(self, timeout):
        readable, _, _ = select.select([self.socket], [], [], max(timeout, 0))
        if not readable:
            raise TimeoutError("nothing came")
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def send_raw(self, data):
        self.socket.sendall(data)

    def send_frame(self, opcode, payload, fin=True, mask=True):
        size = len(payload)
        head = bytes([opcode | (0x80 if fin else 0)])
        bit = 0x80 if mask else 0
        head += bytes([size | bit]) if size < 126 else (
            struct.pack("!BH", 126 | bit, size) if size < 65536 else struct.pack("!BQ", 127 | bit, size))
        key = os.urandom(4) if mask else b"\0\0\0\0"
        masked = bytes(b ^ key[i & 3] for i, b in enumerate(payload)) if mask else payload
        self.send_raw(head + (key if mask else b"") + masked)

    def say(self, *elements):
        self.send_frame(1, instruction(*elements).encode())

    def read_frame(self, timeout=10):
        """Opcode and payload of the next frame; None at the end of the connection."""
        until = time.monotonic() + timeout

        def need(n):
            while len(self.buffer) < n:
                if not self.fill(until - time.monotonic()):
                    raise EOFError

        try:
            need(2)
            size, at = self.buffer[1] & 127, 2
            if size >= 126:
                need(4 if size == 126 else 10)
                at = 4 if size == 126 else 10
                size = int.from_bytes(self.buffer[2:at], "big")
            need(at + size)
        except EOFError:
            return None
        opcode, payload = self.buffer[0] & 15, self.buffer[at:at + size]
        assert self.buffer[0] & 0x80, "the session never fragments"
        self.buffer = self.buffer[at + size:]
        return opcode, payload

    def pump(self, timeout=10):
        """Takes in one frame. False at the end."""
        frame = self.read_frame(timeout)
        if frame is None:
            return False
        opcode, payload = frame
        if opcode == 8:
            self.close_code = int.from_bytes(payload[:2], "big") if payload else None
            self.close_reason = payload[2:].decode()
        elif opcode == 9:
            self.send_frame(10, payload)
        elif opcode == 10:
            self.pongs += 1
        else:
            assert opcode == 1, f"opcode {opcode}"
            for i in parse(payload.decode()):
                self.take(i)
        return True

    def take(self, i):
        self.instructions.append(i)
        if i[0] == "sync":
            self.unanswered.append(i[1])
            if self.acknowledge:
                self.answer_syncs()

    def answer_syncs(self):
        for timestamp in self.unanswered:
            self.say("sync", timestamp)
        self.unanswered.clear()

    def wait(self, opcode, timeout=10, **where):
        """The next instruction of that opcode which was not waited for before; drops those before it."""
        until = time.monotonic() + timeout
        while True:
            for n, i in enumerate(self.instructions):
                if i[0] == opcode and all(i[int(k[1:])] == v for k, v in where.items()):
                    del self.instructions[:n + 1]
                    return i
            if not self.pump(until - time.monotonic()):
                raise EOFError(f"the session ended before {opcode}: {self.instructions[-3:]}")

    def settle(self, quiet=0.4):
        """Reads until nothing comes for a while; answers what came."""
        begin = len(self.instructions)
        try:
            while self.pump(quiet):
                pass
        except TimeoutError:
            pass
        return self.instructions[begin:]

    def end(self, timeout=15):
        """Reads to the end of the connection: the error instruction (text, status), if any, and the close frame."""
        until = time.monotonic() + timeout
        while self.pump(until - time.monotonic()):
            if self.close_reason is not None:
                break
        errors = [i for i in self.instructions if i[0] == "error"]
        return (errors[0][1], int(errors[0][2])) if errors else (None, 0)

    def stream_text(self, stream):
        """Joins the blobs of a stream until its end."""
        data = b""
        while True:
            i = self.wait_any(("blob", "end"), stream)
            if i[0] == "end":
                return data.decode()
            data += base64.b64decode(i[2])

    def wait_any(self, opcodes, stream):
        while True:
            for n, i in enumerate(self.instructions):
                if i[0] in opcodes and i[1] == stream:
                    del self.instructions[:n + 1]
                    return i
            if not self.pump():
                raise EOFError

    def send_clipboard(self, text):
        self.say("clipboard", 0, "text/plain")
        self.say("blob", 0, base64.b64encode(text.encode()).decode())
        self.say("end", 0)

    def close(self):
        self.socket.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
