#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""open-terminal.py HOST:PORT TOKEN COMMAND FILE: opens a lab, types COMMAND and waits for FILE. Standard library only."""

import base64, os, re, socket, struct, sys, time

address, token, command, file = sys.argv[1:]
host, port = address.split(':')
peer = socket.create_connection((host, int(port)), timeout=20)
peer.sendall(f'GET /labgate/ws?token={token}&width=800&height=600&dpi=96 HTTP/1.1\r\nHost: {address}\r\n'
             'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
             'Sec-WebSocket-Protocol: guacamole\r\n'
             f'Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n'.encode())
data = b''
while b'\r\n\r\n' not in data:
    data += peer.recv(4096)
head, data = data.split(b'\r\n\r\n', 1)
assert head.startswith(b'HTTP/1.1 101'), head


def send(text):
    payload, mask = text.encode(), os.urandom(4)
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b'\xfe' + struct.pack('>H', len(payload))
    peer.sendall(b'\x81' + size + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(payload)))


def frames():
    global data
    while True:
        while len(data) < 2 or len(data) < (need := {126: 4, 127: 10}.get(data[1], 2)):
            data += peer.recv(65536)
        size = data[1] if need == 2 else int.from_bytes(data[2:need], 'big')
        while len(data) < need + size:
            data += peer.recv(65536)
        kind, payload, data = data[0] & 15, data[need:need + size], data[need + size:]
        assert kind != 8, payload
        if kind == 1:
            yield payload.decode()


def type_command():
    for c in command + '\r':
        key = str(0xFF0D if c == '\r' else ord(c))
        send(f'3.key,{len(key)}.{key},1.1;3.key,{len(key)}.{key},1.0;')


# There is no knowing when a shell is ready for input: say it again until it is done.
pictures, typed, deadline = 0, 0, time.monotonic() + 30
for text in frames():
    assert '5.error,' not in text, text
    assert time.monotonic() < deadline, 'no terminal'
    pictures += text.count('3.img,')
    for stamp in re.findall(r'4\.sync,(\d+\.\d+)', text):
        send(f'4.sync,{stamp};')
    if pictures > 0 and time.monotonic() > typed + 1:
        typed = time.monotonic()
        type_command()
    if os.path.exists(file):
        break
print(f'a terminal, {pictures} pictures')
