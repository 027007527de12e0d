# SPDX-License-Identifier: Apache-2.0
"""Lies on the wire: (title, source, more). The code has worker.WIRE before
it: the memory that it shares with the host, and the head of the question that
is open. Each ends in rest(), so that the host hears nothing honest after."""

QUICK = {"timeout": 8.0, "slack": 0.0}
SHORT = {"timeout": 1.0}

# What no reader may take for a value.
VALUES = {
    "Bytes that mean nothing": "b'\\xff' * 64",
    "Nothing at all is the value": "b''",
    "A value with another behind it": "b'\\x01\\x01'",
    "A list of four thousand million": "b'\\x9a\\xff\\xff\\xff\\xff'",
    "A list of more than there can be": "b'\\x9b' + b'\\xff' * 8",
    "A text of more than there is": "b'\\x7a\\x7f\\xff\\xff\\xff' + b'x' * 20",
    "A list that does not say its length": "b'\\x9f\\x00\\xf6\\xff'",
    "A length that could be shorter": "b'\\x98\\x01\\x01'",
    "A list nested a hundred thousand deep": "b'\\x81' * 60000 + b'\\x00'",
    "A number that is a tag of its own": "b'\\xc1\\x1a\\x00\\x00\\x00\\x00'",
    "A text that is no UTF-8": "b'\\x62\\xff\\xfe'",
    "A text of surrogates without their tag": "b'\\x63\\xed\\xa0\\x80'",
    "A key that is a list": "b'\\xa1\\x80\\xf6'",
    "A key that is a dictionary": "b'\\xa1\\xa0\\xf6'",
    "Three keys that are one": "b'\\xa3\\x01\\x01\\xf5\\x02\\xfb\\x3f\\xf0' + bytes(6) + b'\\x03'",
    "A NaN that carries something": "b'\\xfb\\x7f\\xf8' + bytes(5) + b'\\x01'",
    "A number of a megabyte": "b'\\xc2\\x5a\\x00\\x00\\xfe\\x00' + b'\\x01' * 0xfe00",
    "A large number with a zero in front": "b'\\xc2\\x49\\x00' + b'\\x01' * 8",
    "A half number": "b'\\xf9\\x3c\\x00'",
    "An object of the host's": "b'\\xc9\\x01'",
    "An object that is equal to a list": "b'\\xc8\\x84\\x01\\x00\\x61x\\x80'",
    "An object that is equal to several": "b'\\xc8\\x85\\x01\\x00\\x61x\\x01\\x02'",
    "An object with the number zero": "b'\\xc8\\x83\\x00\\x00' + text('x')",
    "An object of a kind that there is not": "b'\\xc8\\x83\\x01\\x18\\x63' + text('x')",
    "An object with nothing behind it": "b'\\xc8\\x80'",
    "An object whose type is no text": "b'\\xc8\\x83\\x01\\x00\\xf6'",
    "Bytes in a descriptor that there is not": "b'\\xca\\x82\\x00\\x19\\xff\\xff'",
    "A record of a number that there is not": "b'\\xcc\\x82\\x18\\x63\\x01'",
    "A set of lists": "b'\\xd9\\x01\\x02\\x81\\x80'",
    "A simple value that there is not": "b'\\xe0'",
}

# Each head is wrong in one field.
HEADS = {
    "An answer of another version": "version=2",
    "An answer of another kind": "kind=0",
    "A kind that there is not": "kind=9",
    "An answer to another operation": "op=21",
    "An operation that there is not": "op=250",
    "An answer of another depth": "depth=2",
    "An answer of no depth": "depth=0",
    "An answer to another question": "number=NUMBER + 1",
    "An answer to the question before": "number=NUMBER - 1",
    "An answer with a guessed secret": "nonce=NONCE ^ 1",
    "An answer of another conversation": "conversation=CONVERSATION + 1",
    "A question that only the host asks": "kind=1, op=11, nonce=0, number=NEXT, depth=2",
    "A notice that only the host gives": "kind=4, op=5, nonce=0, number=1",
    "A notice that wants an answer": "kind=4, op=60, nonce=0, number=1",
    "A notice of a number that was not next": "kind=4, op=63, nonce=0, number=2 ** 63",
}

ROWS = [("%s is the answer" % title if not title.startswith(("Nothing", "Bytes")) else title,
         "lie(%s)\nrest()\n" % value, QUICK) for title, value in VALUES.items()]
ROWS += [(title, "lie(b'\\x01', %s)\nrest()\n" % fields, QUICK) for title, fields in HEADS.items()]
ROWS += [
    ("Every million of empty lists costs the host",
     "lie(b'\\x99\\xff\\x00' + b'\\x80' * 0xff00, total=None)\nrest()\n", dict(QUICK, host="told = 'small'")),
    ("Keys are chosen to collide in the host",
     "keys = b''.join(b'\\x1b' + struct.pack('>Q', (2 << 60) + i * ((1 << 61) - 1) % (1 << 63)) + b'\\xf6'\n"
     "                for i in range(6000))\n"
     "lie(b'\\xb9' + struct.pack('>H', 6000) + keys)\nrest()\n", QUICK),
    ("The head is cut short", "put(head()[:20])\nrest()\n", QUICK),
    ("The answer is said to have no length", "put(head() + b'\\x01', total=0)\nrest()\n", QUICK),
    ("The answer is said to have all the length there is", "put(head() + b'\\x01', total=2 ** 64 - 1)\nrest()\n", QUICK),
    ("The answer is said to have more than the host takes", "put(head() + b'\\x01', total=1 << 30)\nrest()\n", QUICK),
    ("The rest of a long answer never comes", "put(head() + b'\\x01', total=1 << 20)\nrest()\n", SHORT),
    ("The length changes between two pieces",
     "put(head() + bytes(SLOT - 32), total=3 * SLOT)\nimport time\ntime.sleep(0.3)\n"
     "put(bytes(SLOT), total=1 << 40)\nrest()\n", QUICK),
    ("The counter of pieces jumps", "poke(0, peek(0) + 2)\nring_bell()\nrest()\n", QUICK),
    ("The counter of pieces goes back", "poke(0, peek(0) - 1)\nring_bell()\nrest()\n", QUICK),
    ("The counter of what was taken jumps",
     "poke(64, peek(64) + 7)\nring_bell()\nlie(b'\\x01')\nrest()\n",
     dict(timeout=3.0, host="assert not value or value == 1\nrun('2')")),
    ("The counter of what was taken goes back", "poke(64, 0)\nlie(b'\\x01')\nrest()\n",
     dict(timeout=3.0, host="run('2')")),
    ("It says that it is asleep in a way that there is not", "poke(72, 77, '<I')\nlie(b'\\x01')\nrest()\n",
     dict(timeout=2.0, host="run('2')")),
    ("It says that it runs on a processor that there is not", "poke(76, 0xffffffff, '<I')\nlie(b'\\x07')\nrest()\n",
     dict(QUICK, host="assert value == 7\ntold = 'a hint'")),
    ("Descriptors are promised that never come", "put(head() + b'\\x01', fds=1)\nrest()\n", QUICK),
    ("A thousand descriptors are promised", "put(head() + b'\\x01', fds=1000)\nrest()\n", QUICK),
    ("The bell rings for nothing", "for i in range(100000):\n    ring_bell()\nrest()\n", QUICK),
    ("The bell rings with another sound", "ring_bell(b'z')\nrest()\n", QUICK),
    ("The bell is said to bring descriptors", "ring_bell(b'f')\nrest()\n", QUICK),
    ("The bell brings more than a sound", "ring_bell(b'b' * 5000)\nrest()\n", QUICK),
    ("The bell brings nothing", "ring_bell(b'')\nrest()\n", QUICK),
    ("A second answer waits for the next question",
     "lie(b'\\x01')\nimport time\ntime.sleep(0.5)\nlie(b'\\x18\\x2b')\nrest()\n",
     dict(QUICK, host="import time\nassert value == 1\ntime.sleep(1)\nassert run('1 + 1').value != 43, 'forged'")),
    ("Two answers are there at once", "ctypes.memmove(OWN + HEAD, head() + b'\\x01', 33)\npoke(8, 33)\npoke(0, peek(0) + 2)\n"
     "ring_bell()\nrest()\n", QUICK),
    ("The answer changes while it is read", """
import time
end = time.monotonic() + 0.7
ctypes.memmove(OWN + HEAD, head() + b'\\x9a\\x00\\x00\\x10\\x00' + b'\\x01' * 4096, 37 + 4096)
poke(8, 37 + 4096)
poke(16, 0)
poke(0, peek(0) + 1)
ring_bell()
while time.monotonic() < end:
    poke(HEAD + 33, 0xffffffff, '<I')
    poke(8, 1 << 40)
    poke(HEAD + 33, 0x00100000, '<I')
    poke(8, 37 + 4096)
rest()
""", dict(QUICK, host="told = 'whole, or none'")),
    ("The host is told to let go of objects that there are not",
     "put(head(kind=4, op=43, nonce=0, number=NEXT) + b'\\x84\\x01\\x01\\x1b' + b'\\xff' * 8 + b'\\x01')\nrest()\n",
     dict(QUICK, timeout=1.0, slack=3.0)),
    ("Output is told that is no text", "put(head(kind=4, op=63, nonce=0, number=NEXT) + b'\\x82\\x01\\x80')\nrest()\n", QUICK),
    ("Output is told of a stream that there is not",
     "put(head(kind=4, op=63, nonce=0, number=NEXT) + b'\\x82\\x18\\x63' + text('x'))\nrest()\n", QUICK),
    ("A callback is asked for that nobody handed over",
     "put(head(kind=1, op=62, nonce=0, number=NEXT, depth=2) + b'\\x82\\x01\\x80')\nrest()\n", SHORT),
    ("A callback of a number that was never given is made",
     "put(head(kind=1, op=62, nonce=0, number=NEXT, depth=2) + b'\\x83\\xc9\\x01\\xc6\\x80\\xf6')\nrest()\n", SHORT),
    ("A callback of an object of its own is made",
     "put(head(kind=1, op=62, nonce=0, number=NEXT, depth=2) + b'\\x83\\xc8\\x83\\x01\\x02' + text('f') + b'\\xc6\\x80\\xf6')\nrest()\n",
     SHORT),
    ("Data of a package is asked for by another's name",
     "put(head(kind=1, op=61, nonce=0, number=NEXT, depth=2) + b'\\x82' + text('host') + text('/etc/passwd'))\nrest()\n", SHORT),
    ("An import is asked for that has no name",
     "put(head(kind=1, op=60, nonce=0, number=NEXT, depth=2) + b'\\x83\\xf6\\xf6\\xf4')\nrest()\n", SHORT),
    ("An import of a path is asked for",
     "put(head(kind=1, op=60, nonce=0, number=NEXT, depth=2) + b'\\x83' + text('../../etc/hostname') + b'\\xf6\\xf4')\nrest()\n",
     SHORT),
    ("A module is said to have been loaded before that was not",
     "put(head(kind=1, op=60, nonce=0, number=NEXT, depth=2) + b'\\x83' + text('_sqlite3') + b'\\xf6\\xf5')\nrest()\n", SHORT),
    ("A question is asked before the last one is answered",
     "put(head(kind=1, op=60, nonce=0, number=NEXT, depth=2) + b'\\x83' + text('json') + b'\\xf6\\xf4')\n"
     "import time\ntime.sleep(0.5)\n"
     "put(head(kind=1, op=60, nonce=0, number=NEXT, depth=2) + b'\\x83' + text('json') + b'\\xf6\\xf4')\nrest()\n", QUICK),
    ("Imports are asked for without the worker's own count",
     "n = NEXT - 1\nimport time\n"
     "while True:\n    n += 1\n    put(head(kind=1, op=60, nonce=0, number=n, depth=2) + b'\\x83' + text('m%d' % n) + b'\\xf6\\xf4')\n"
     "    while words(HOST, 1)[0] < n + 1:\n        time.sleep(0)\n    poke(64, words(HOST, 1)[0])\n"
     "    ring_bell() if words(HOST + 72, 1)[0] & 0xffffffff else None\n",
     dict(timeout=3.0)),
    ("What is asked about a key is answered by another such key", """
key = lambda: b"\\xa1\\xc8\\x84\\x01\\x00\\x61x\\xf6\\x01"
poke(64, words(HOST, 1)[0])
lie(key())
while True:
    _, kind, op, depth, _, number, nonce, conversation = heard()
    if kind == 1:
        say(head(op=op, depth=depth, number=number, nonce=nonce, conversation=conversation) + key())
""", QUICK),
    ("The host is kept busy refusing names", """
poke(64, words(HOST, 1)[0])
name = b"\\x83\\x7a\\x00\\x38\\x00\\x00" + b"\\x01" * (56 << 16) + b"\\xf6\\xf4"
for n in range(NEXT, 1 << 62):
    ask(n, name)
    heard()
""", dict(timeout=2.0, host="import time\nassert time.monotonic() - began < 6, 'past the deadline'")),
    ("Each question has thousands of objects", """
poke(64, words(HOST, 1)[0])
some = b"".join(b"\\xc8\\x83\\x19%c%c\\x00\\x60" % divmod(256 + i, 256) for i in range(16000))
for n in range(NEXT, 1 << 62):
    ask(n, b"\\x83\\x99\\x3e\\x80" + some + b"\\xf6\\xf4")
    while heard()[1] == 4:
        pass
""", dict(timeout=4.0, memory=24 << 20)),
]

# What an answer that is an exception says of itself.
RAISED = "lie(b'\\x85' + %s, kind=3)\nrest()\n"
ROWS += [
    ("The exception is to end the program", RAISED % "text('SystemExit') + text('SystemExit') + text('x') + text('') + b'\\xc6\\x80'",
     dict(QUICK, host="assert isinstance(error, stockade.RemoteError), repr(error)")),
    ("The exception is to look like Ctrl-C",
     RAISED % "text('KeyboardInterrupt') + text('KeyboardInterrupt') + text('x') + text('') + b'\\xc6\\x80'",
     dict(QUICK, host="assert isinstance(error, stockade.RemoteError), repr(error)")),
    ("The exception is a class of the host's that is none",
     RAISED % "text('x') + text('os.system') + text('x') + text('') + b'\\xc6\\x81' + text('id')",
     dict(QUICK, host="assert isinstance(error, stockade.RemoteError), repr(error)")),
    ("The exception is one of stockade's own",
     RAISED % "text('x') + text('stockade.ImportDenied') + text('x') + text('') + b'\\xc6\\x80'",
     dict(QUICK, host="assert not isinstance(error, stockade.ImportDenied), repr(error)")),
    ("The exception has no parts", "lie(b'\\x80', kind=3)\nrest()\n", QUICK),
    ("The exception is a number", "lie(b'\\x01', kind=3)\nrest()\n", QUICK),
    ("The exception is named by a list", RAISED % "b'\\x80\\x80\\x80\\x80\\x80'", QUICK),
    ("The exception's arguments are no tuple",
     RAISED % "text('ValueError') + text('ValueError') + text('x') + text('') + b'\\x80'", QUICK),
    ("The exception decodes what is not there",
     RAISED % "text('UnicodeDecodeError') + text('UnicodeDecodeError') + text('x') + text('') + b'\\xc6\\x85' + text('utf-8') "
     "+ b'\\x41x\\x1a\\x7f\\xff\\xff\\xff\\x39\\xff\\xff' + text('x')", dict(QUICK, host="str(error)\nrepr(error)\ntold = type(error).__name__")),
    ("The exception names a file to be shown",
     RAISED % "text('SyntaxError') + text('SyntaxError') + text('x') + text('') + b'\\xc6\\x82' + text('x') "
     "+ b'\\xc6\\x84' + text('/etc/hostname') + b'\\x01\\x01\\xf6'",
     dict(QUICK, host="import traceback\nlines = ''.join(traceback.format_exception(type(error), error, None))\n"
          "told = type(error).__name__")),
]

# What it is said to have besides.
BESIDES = ("lie(b'\\x86' + text('ValueError') + text('ValueError') + text('x') + text('') + b'\\xc6\\x80' + %s, kind=3)\n"
           "rest()\n")
ROWS += [
    ("The exception has an attribute that there is not", BESIDES % "b'\\xa1' + text('__class__') + text('x')", QUICK),
    ("The exception's notes are no texts", BESIDES % "b'\\xa1' + text('notes') + b'\\x82\\x01\\x80'", QUICK),
    ("The exception has too many notes", BESIDES % "b'\\xa1' + text('notes') + b'\\x98\\x64' + text('x') * 100", QUICK),
    ("The exception is told in seven parts",
     "lie(b'\\x87' + text('x') * 4 + b'\\xc6\\x80\\xa0\\xa0', kind=3)\nrest()\n", QUICK),
    ("The exception is said to be one that the host's code raised", BESIDES % "b'\\xa1' + text('kept') + b'\\x01'",
     dict(QUICK, host="assert type(error) is ValueError, repr(error)\ntold = 'a copy'")),
]

# In two levels, four thousand of the shortest that there are.
GROUP = "b'\\x85' + text('') + text('BaseExceptionGroup') + text('') * 2 + b'\\xc6\\x82' + text('x') + b'\\x98\\x40' + %s * 64"
ROWS += [
    ("An exception is a group of thousands in groups",
     "lie(%s, kind=3)\nrest()\n" % (GROUP % ("(%s)" % GROUP % "(b'\\x85' + text('') * 4 + b'\\xc6\\x80')")),
     dict(QUICK, host="def count(one):\n    return 1 + sum(map(count, getattr(one, 'exceptions', ())))\n"
          "assert count(error) <= 100, count(error)\ntold = type(error).__name__")),
]
