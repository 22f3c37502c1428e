# SPDX-License-Identifier: LGPL-2.1-or-later
"""A VNC server by hand, for lies: each function makes the bytes of one message, true or not."""

import struct
import zlib

VERSION = b"RFB 003.008\n"
NONE, VNC, VENCRYPT = 1, 2, 19
RAW, COPYRECT, HEXTILE, ZLIB, TIGHT, ZRLE = 0, 1, 5, 6, 7, 16
CURSOR, X_CURSOR, ALPHA_CURSOR = -239, -240, -314
NEW_SIZE, LAST_RECT, NAME, DESKTOP_SIZE = -223, -224, -307, -308
CLIP_TEXT, CLIP_CAPS, CLIP_PROVIDE = 1, 1 << 24, 1 << 28


def read(s, size):
    data = b""
    while len(data) < size:
        more = s.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def agree(s, types=bytes([NONE])):
    """To the type of security that was chosen."""
    s.sendall(VERSION)
    read(s, 12)
    s.sendall(bytes([len(types)]) + types)
    return read(s, 1)[0]


def init(width=640, height=480, name=b"evil", size=None):
    form = struct.pack("!BBBBHHHBBB3x", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
    return struct.pack("!HH", width, height) + form + struct.pack("!I", len(name) if size is None else size) + name


def meet(s):
    """To where the desktop's size is due."""
    assert agree(s) == NONE
    s.sendall(struct.pack("!I", 0))
    read(s, 1)


def greet(s, width=640, height=480):
    meet(s)
    s.sendall(init(width, height))
    read(s, 20)


def rect(encoding, x=0, y=0, width=16, height=16, body=b""):
    return struct.pack("!HHHHi", x, y, width, height, encoding) + body


def update(*rects, n=None):
    return struct.pack("!BxH", 0, len(rects) if n is None else n) + b"".join(rects)


def raw(x, y, width, height, pixel=b"\x40\x80\xc0\0"):
    return rect(RAW, x, y, width, height, pixel * (width * height))


def screen(width, height, count=1):
    """The body of an ExtendedDesktopSize."""
    return struct.pack("!B3x", count) + struct.pack("!IHHHHI", 1, 0, 0, width, height, 0) * min(count, 1)


def cut_text(size, text=b""):
    return struct.pack("!B3xi", 3, size) + text


def extended(flags, body=b""):
    return cut_text(-4 - len(body), struct.pack("!I", flags) + body)


def bomb(size):
    """That many zeros, deflated to a thousandth."""
    z = zlib.compressobj(9)
    zeros = bytes(1 << 20)
    return b"".join(z.compress(zeros) for _ in range(size >> 20)) + z.flush()


def compact(size):
    """A length of Tight."""
    if size < 128:
        return bytes([size])
    if size < 16384:
        return bytes([size & 127 | 128, size >> 7])
    return bytes([size & 127 | 128, size >> 7 & 127 | 128, size >> 14])
