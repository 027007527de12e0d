# SPDX-License-Identifier: Apache-2.0
"""What attempts have at hand in a worker: text that is put before theirs.

CALLS is for machine code: system calls, and memory by its address. WIRE finds
the memory that worker and host share, which nothing in a worker names, and
writes there what it likes; PROTOCOL.md and ring.h say what that means.
"""

CALLS = r'''
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
_buffer = ctypes.create_string_buffer(3 * 4096)
PAGE = -(-ctypes.addressof(_buffer) // 4096) * 4096
ALIVE = []

def S(number, *arguments):
    given = []
    for one in arguments:
        if isinstance(one, bytes):
            ALIVE.append(ctypes.create_string_buffer(one, len(one) + 1))
            one = ctypes.addressof(ALIVE[-1])
        given.append(ctypes.c_long(one))
    value = libc.syscall(ctypes.c_long(number), *given)
    return value if value != -1 else -ctypes.get_errno()
'''

# Run before WIRE: what it loads is asked of the host, and the answer to that is
# what the memory is known by.
FIND = CALLS + r'''
import time
SLOT = 65536
HEAD = 128
SIDE = 4096 + SLOT
_zero = ctypes.create_string_buffer(16)

def is_there(address):
    """The kernel looks: 14 is EFAULT. What is there is another number, or it
    waits for no time."""
    return S(FUTEX, address, 128, 0x5eafed, ctypes.addressof(_zero)) != -14

def is_ring(page):
    """The host has answered where the worker has asked for an import."""
    return (is_there(page) and is_there(page + SIDE) and is_there(page + 2 * SIDE - 4096) and
            ctypes.string_at(page + HEAD, 4) == b"\1\2\x3c\2" and
            ctypes.string_at(page + SIDE + HEAD, 4) == b"\1\1\x3c\2")

def find_ring():
    for start in (ctypes.addressof(ctypes.create_string_buffer(1 << 20)),
                  ctypes.cast(libc.getpid, ctypes.c_void_p).value):
        start &= ~4095
        for step in range(1 << 16):
            for page in (start - step * 4096, start + step * 4096):
                if is_ring(page):
                    return page
    raise SystemError("no ring")

ctypes.HOST = find_ring()
ctypes.NEXT = struct.unpack("<Q", ctypes.string_at(ctypes.HOST + HEAD + 8, 8))[0] + 1
'''

WIRE = CALLS + r'''
SLOT = 65536
HEAD = 128
SIDE = 4096 + SLOT
HOST, NEXT = ctypes.HOST, ctypes.NEXT
OWN = HOST + SIDE

def words(address, n):
    return struct.unpack("<%dQ" % n, ctypes.string_at(address, 8 * n))

_, NUMBER, NONCE, CONVERSATION = words(HOST + HEAD, 4)

def peek(offset):
    return words(OWN + offset, 1)[0]

def poke(offset, value, size="<Q"):
    ctypes.memmove(OWN + offset, struct.pack(size, value), struct.calcsize(size))

def ring_bell(data=b"b"):
    return S(SENDTO, 3, data, len(data), 0x4000, 0, 0)

def put(data, total=None, fds=0, wake=True):
    """One piece of a frame, as the worker itself would write it."""
    ctypes.memmove(OWN + HEAD, data, len(data))
    poke(8, len(data) if total is None else total)
    poke(16, fds)
    poke(0, peek(0) + 1)
    if wake:
        ring_bell()

def head(kind=2, op=11, depth=1, number=NUMBER, nonce=NONCE, conversation=CONVERSATION, version=1):
    return struct.pack("<BBBBIQQQ", version, kind, op, depth, 0, number, nonce, conversation)

def lie(value, **fields):
    """A reply to the question that is open."""
    put(head(**fields) + value)

def until(there):
    """Looks, as a worker does, before it gives the processor away."""
    import time
    looks = 0
    while not there():
        looks += 1
        if looks > 2000:
            time.sleep(0)

def wake(waits_for):
    """The host, by its word: where it sleeps, or at the socket."""
    asleep = words(HOST + 72, 1)[0] & 0xffffffff
    if asleep & 3 == waits_for:
        ctypes.memmove(HOST + 72, bytes(4), 4)
        if asleep & 4:
            S(FUTEX, HOST + 72, 1, 1, 0, 0, 0)
        else:
            ring_bell()

def heard():
    """The head of the host's next frame, which is taken."""
    before = words(OWN + 64, 1)[0]
    until(lambda: words(HOST, 1)[0] > before)
    told = struct.unpack("<BBBBIQQQ", ctypes.string_at(HOST + HEAD, 32))
    poke(64, before + 1)
    wake(2)
    return told

def say(data):
    """A frame, in as many pieces as it takes."""
    for at in range(0, len(data), SLOT):
        until(lambda: words(HOST + 64, 1)[0] == peek(0))
        put(data[at:at + SLOT], total=len(data), wake=False)
        wake(1)

def ask(number, value, op=60):
    say(head(kind=1, op=op, nonce=0, number=number, depth=2) + value)

def rest():
    import time
    time.sleep(600)

def text(of):
    data = of.encode()
    assert len(data) < 24
    return bytes([0x60 | len(data)]) + data
'''
