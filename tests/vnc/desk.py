#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A desktop for tests on $DISPLAY: a line of JSON on stdin does something, a line on stdout answers. It can also say
which pixels the X server has, exactly."""

import ctypes, json, os, queue, random, subprocess, sys, threading, tkinter

root = tkinter.Tk()
root.geometry(f'{root.winfo_screenwidth()}x{root.winfo_screenheight()}+0+0')
root.overrideredirect(True)
root.configure(background='#336699')
paper = tkinter.Canvas(root, background='#336699', highlightthickness=0)
paper.place(x=0, y=0, relwidth=1, relheight=1)
for i in range(60):
    colour = '#%02x%02x%02x' % (i * 4, 255 - i * 4, (i * 37) % 256)
    paper.create_oval(i * 20, i * 9, i * 20 + 90, i * 9 + 70, fill=colour, outline='white')

text = tkinter.Text(root, width=60, height=18, insertofftime=0, font=('DejaVu Sans Mono', 10))
text.place(x=20, y=300)
small = tkinter.Toplevel(root)
small.overrideredirect(True)
small.geometry('300x200+500+60')
tkinter.Label(small, text='a window\nto drag', font=('DejaVu Sans', 20), background='#ffe0a0').pack(expand=True, fill='both')
film = tkinter.Canvas(root, width=320, height=240, highlightthickness=0)
film.place(x=640, y=420)
picture = tkinter.PhotoImage(width=320, height=240)
film.create_image(0, 0, image=picture, anchor='nw')
entry = tkinter.Entry(root, font=('DejaVu Sans', 12), width=40, insertofftime=0)
entry.place(x=20, y=20)
entry.focus_force()
events = []
lines = 0


def note(event):
    kind = event.type.name
    events.append({'kind': kind, 'keysym': event.keysym if 'Key' in kind else None, 'char': event.char if 'Key' in kind else None,
                   'button': event.num if 'Button' in kind else None, 'x': event.x_root, 'y': event.y_root})


for sequence in ('<KeyPress>', '<ButtonPress>', '<ButtonRelease>', '<Motion>'):
    root.bind_all(sequence, note)


class XImage(ctypes.Structure):
    _fields_ = [('width', ctypes.c_int), ('height', ctypes.c_int), ('xoffset', ctypes.c_int), ('format', ctypes.c_int),
                ('data', ctypes.POINTER(ctypes.c_char)), ('byte_order', ctypes.c_int), ('bitmap_unit', ctypes.c_int),
                ('bitmap_bit_order', ctypes.c_int), ('bitmap_pad', ctypes.c_int), ('depth', ctypes.c_int),
                ('bytes_per_line', ctypes.c_int), ('bits_per_pixel', ctypes.c_int)]


x11 = ctypes.CDLL('libX11.so.6')
x11.XOpenDisplay.restype = ctypes.c_void_p
x11.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
x11.XDefaultRootWindow.restype = ctypes.c_ulong
x11.XGetGeometry.argtypes = [ctypes.c_void_p, ctypes.c_ulong] + [ctypes.c_void_p] * 7
x11.XGetImage.argtypes = [ctypes.c_void_p, ctypes.c_ulong] + [ctypes.c_int] * 2 + [ctypes.c_uint] * 2 + [ctypes.c_ulong, ctypes.c_int]
x11.XGetImage.restype = ctypes.POINTER(XImage)
x11.XDestroyImage.argtypes = [ctypes.POINTER(XImage)]
display = x11.XOpenDisplay(None)
window = x11.XDefaultRootWindow(display)


def geometry():
    values = [ctypes.c_ulong()] + [ctypes.c_int() for _ in range(2)] + [ctypes.c_uint() for _ in range(4)]
    x11.XGetGeometry(display, window, *[ctypes.byref(v) for v in values])
    return values[3].value, values[4].value


def capture(path):
    width, height = geometry()
    image = x11.XGetImage(display, window, 0, 0, width, height, 0xffffffff, 2)
    size = image.contents.bytes_per_line * height
    with open(path, 'wb') as f:
        f.write(ctypes.string_at(image.contents.data, size))
    x11.XDestroyImage(image)
    return {'width': width, 'height': height}


def drag(steps):
    x, y = 500, 60
    small.lift()
    for i in range(steps):
        x, y = x - 5 + i % 3, y + 4 - i % 2
        small.geometry(f'+{x}+{y}')
        root.update()
        root.after(16)


def scroll(n):
    global lines
    for _ in range(n):
        lines += 1
        text.insert('end', f'line {lines}: the quick brown fox — 日本語 русский {random.random()}\n')
        text.see('end')
        root.update()
        root.after(33)


def animate(n):
    for i in range(n):
        for _ in range(60):
            x, y = random.randrange(290), random.randrange(210)
            picture.put('#%06x' % random.randrange(1 << 24), to=(x, y, x + 30, y + 30))
        root.update()
        root.after(33)


def noise():
    rows = [' '.join('#%06x' % random.randrange(1 << 24) for _ in range(320)) for _ in range(240)]
    picture.put(' '.join('{' + r + '}' for r in rows))


def copy(value):
    root.clipboard_clear()
    root.clipboard_append(value)


def paste():
    for kind in ('UTF8_STRING', 'STRING'):
        try:
            return root.clipboard_get(type=kind)
        except tkinter.TclError:
            pass
    return None


def taken():
    result = events[:]
    events.clear()
    return result


def resize(value):
    subprocess.run(['xrandr', '-s', value], check=True)
    root.update()
    root.geometry('%dx%d+0+0' % geometry())


def fit():
    root.geometry('%dx%d+0+0' % geometry())
    return geometry()


def cursor(name):
    root.configure(cursor=name)


DO = {'drag': drag, 'scroll': scroll, 'animate': animate, 'noise': noise, 'copy': copy, 'paste': paste, 'events': taken,
      'resize': resize, 'capture': capture, 'size': geometry, 'fit': fit, 'cursor': cursor,
      'entry': lambda: entry.get()}


def do(line):
    name, *arguments = json.loads(line)
    try:
        answer = {'ok': DO[name](*arguments)}
        root.update()
    except Exception as e:
        answer = {'error': repr(e)}
    print(json.dumps(answer), flush=True)


waiting = queue.SimpleQueue()


def read():
    for line in sys.stdin:
        waiting.put(line)
    os._exit(0)


def look():
    while not waiting.empty():
        do(waiting.get())
    root.after(5, look)


threading.Thread(target=read, daemon=True).start()
root.after(200, lambda: print(json.dumps({'ok': 'ready'}), flush=True))
root.after(200, look)
root.mainloop()
