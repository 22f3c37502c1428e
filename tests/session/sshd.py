# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real sshd for tests, on a port of its own, and labs that log in to it. Needs root."""

import os
import socket
import subprocess
import tempfile
import time

SSHD = "/usr/sbin/sshd"


class Sshd:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="labgate-test-")
        path = self.folder.name
        os.chmod(path, 0o755)
        os.makedirs("/run/sshd", exist_ok=True)
        for name in ("host", "key"):
            subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", f"{path}/{name}"], check=True)
        os.rename(f"{path}/key.pub", f"{path}/authorized_keys")
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.port = s.getsockname()[1]
        # A home of its own: what an account's .bashrc does would come before every command, and may take long.
        with open(f"{path}/config", "w") as f:
            f.write(f"Port {self.port}\nListenAddress 127.0.0.1\nPidFile none\nStrictModes no\nUsePAM no\nUseDNS no\n"
                    f"PermitRootLogin yes\nSetEnv HOME={path}\nHostKey {path}/host\nAuthorizedKeysFile {path}/authorized_keys\n")
        self.process = subprocess.Popen([SSHD, "-D", "-f", f"{path}/config", "-E", f"{path}/log"])
        self.private_key = open(f"{path}/key").read()
        self.host_key = open(f"{path}/host.pub").read().rsplit(" ", 1)[0]
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("sshd does not listen")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


def lab(world, sshd, command, more=""):
    text = "".join(f'{k} = "{v}";\n' for k, v in {
        "name": "flood", "protocol": "ssh", "hostname": "127.0.0.1", "username": "root", "host_key": sshd.host_key,
        "private_key": sshd.private_key.replace("\n", "\\n"), "command": command}.items())
    world.lab("t", text=f"{text}port = {sshd.port};\n{more}")
