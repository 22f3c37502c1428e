# SPDX-License-Identifier: LGPL-2.1-or-later
"""An ssh host that asks three questions at once, then one more, and shows the answers in the title. Prints its port,
serves one connection and ends."""

import socket
import sys
import threading

import paramiko


class Inquirer(paramiko.ServerInterface):
    def __init__(self):
        self.answers = None
        self.ready = threading.Event()

    def get_allowed_auths(self, username):
        return "keyboard-interactive"

    def check_auth_interactive(self, username, submethods):
        return paramiko.InteractiveQuery(
            "Inquiry", "Three\nquestions", ("First: ", True), ("Second: ", False), ("Third: ", True))

    def check_auth_interactive_response(self, responses):
        if self.answers is None:
            self.answers = responses
            return paramiko.InteractiveQuery("", "", ("Password: ", False))
        return paramiko.AUTH_SUCCESSFUL if responses == [""] else paramiko.AUTH_FAILED

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED

    def check_channel_pty_request(self, *args):
        return True

    def check_channel_shell_request(self, channel):
        self.ready.set()
        return True


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(1)
print(listener.getsockname()[1], flush=True)
listener.settimeout(20)
transport = paramiko.Transport(listener.accept()[0])
transport.add_server_key(paramiko.ECDSAKey.generate())
inquirer = Inquirer()
transport.start_server(server=inquirer)
channel = transport.accept(20)
if channel is None or not inquirer.ready.wait(20):
    sys.exit(1)
channel.sendall("\033]2;answers %s and none\007" % " ".join(inquirer.answers))
channel.recv(1)
transport.close()
