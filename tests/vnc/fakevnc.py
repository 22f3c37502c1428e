# SPDX-License-Identifier: LGPL-2.1-or-later
"""A VNC server that says what a test tells it to, and no more."""

import os
import random
import struct
import zlib

WIDTH, HEIGHT = 320, 200


def exactly(s, n):
    data = b""
    while len(data) < n:
        piece = s.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def greet(s, width=WIDTH, height=HEIGHT, name=b"fake"):
    """Version 3.8, no security, the desktop's size; then reads until the first request."""
    s.sendall(b"RFB 003.008\n")
    exactly(s, 12)
    s.sendall(b"\x01\x01")
    exactly(s, 1)
    s.sendall(b"\0\0\0\0")
    exactly(s, 1)
    s.sendall(struct.pack("!HH", width, height) + bytes([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]) +
              struct.pack("!I", len(name)) + name)


def rect(x, y, w, h, encoding, data=b""):
    return struct.pack("!HHHHi", x, y, w, h, encoding) + data


def update(*rects):
    return struct.pack("!BxH", 0, len(rects)) + b"".join(rects)


def raw(x=0, y=0, w=16, h=16, colour=b"\x30\x60\x90\0"):
    return rect(x, y, w, h, 0, colour * (w * h))


def extended_size(w, h, reason=0, status=0, screens=1):
    return rect(reason, status, w, h, -308, struct.pack("!B3x", screens) +
                b"".join(struct.pack("!IHHHHI", i, 0, 0, w, h, 0) for i in range(screens)))


def zrle(data, w=64, h=64):
    packer = zlib.compressobj()
    packed = packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)
    return rect(0, 0, w, h, 16, struct.pack("!I", len(packed)) + packed)


def compact(n):
    out = b""
    while n > 127 and len(out) < 2:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def garbage(seed):
    """An update that is right in its first bytes, most of the time."""
    r = random.Random(seed)
    noise = r.randbytes(r.randrange(1, 400))
    w, h = r.choice([(1, 1), (16, 16), (64, 64), (65, 65), (320, 200), (2, 200), (320, 3)])
    kind = r.randrange(6)
    if kind == 0:
        return update(zrle(noise, w, h))
    if kind == 1:
        return update(rect(0, 0, w, h, 7, bytes([r.choice([0x00, 0x40, 0x50, 0x60, 0x80, 0x90, 0xa0, 0xff])]) +
                           r.choice([noise, bytes([r.randrange(3)]) + noise, compact(len(noise)) + zlib.compress(noise)])))
    if kind == 2:
        return update(rect(0, 0, w, h, 7, bytes([0x40, r.choice([0, 1, 2]), r.randrange(256)]) + noise))
    if kind == 3:
        return update(rect(0, 0, w, h, r.choice([5, 6, 15, 2]), noise))
    if kind == 4:
        return update(rect(r.randrange(40), r.randrange(40), w, h, r.choice([-239, -240, -314, -308, -307, -223, 1]), noise))
    return r.randbytes(r.randrange(1, 300))
