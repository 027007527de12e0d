# SPDX-License-Identifier: Apache-2.0
"""The values of the wire beside another implementation of CBOR: what cbor2
writes is read as what it was and written as the same bytes, and what is read
of any bytes cbor2 reads as the same value."""

import json
import math
import random
import struct
import subprocess

import pytest

cbor2 = pytest.importorskip("cbor2", reason="cbor2 is not installed")

TUPLE, FROZENSET, HANDLE, OWN, BUFFER, SURROGATES, RECORD = range(6, 13)


@pytest.fixture(scope="module")
def tell(build):
    """What src/wire says of each of these frames."""
    program = build / "tests/wire/wire_tell"
    if not program.is_file():
        pytest.skip("wire_tell was not built")

    def ask(frames):
        given = b"".join(struct.pack("<I", len(frame)) + frame
                         for frame in frames)
        done = subprocess.run([str(program)], input=given, timeout=120,
                              stdout=subprocess.PIPE, check=True)
        answers = [json.loads(line)
                   for line in done.stdout.decode().splitlines()]
        assert len(answers) == len(frames)
        return answers

    return ask


# ---- one form for the values of both --------------------------------------

def form_number(text):
    return ~int(text[3:]) if text.startswith("-1-") else int(text)


def form_told(node):
    """Of what wire_tell says."""
    kind, rest = node[0], node[1]
    if kind in ("None", "True", "False"):
        return (kind,)
    if kind == "an int":
        return ("int", form_number(rest))
    if kind == "a large int":
        number = int(rest.split("-")[-1], 16)
        return ("int", ~number if rest.startswith("-1-") else number)
    if kind == "a float":
        return ("float", rest)
    if kind in ("a text", "a text with surrogates"):
        text = bytes.fromhex(rest).decode("utf-8", "surrogatepass")
        if kind == "a text":
            widest = max(map(ord, text), default=0)
            assert node[2] == len(text)
            assert node[3] == min(bound for bound in (
                0x7F, 0xFF, 0xFFFF, 0x10FFFF) if widest <= bound)
        return ("str", text)
    if kind == "bytes":
        return ("bytes", bytes.fromhex(rest))
    if kind == "an object of one's own":
        return ("own", rest)
    if kind == "a buffer":
        return ("buffer",) + tuple(rest)
    items = tuple(form_told(item) for item in rest)
    if kind == "a dict":
        return ("dict", tuple(zip(items[::2], items[1::2])))
    if kind in ("a set", "a frozenset"):
        return (kind.split()[1], frozenset(items))
    return (kind.split()[1], items)


def form_tag(tag):
    value = tag.value
    if tag.tag == TUPLE:
        return ("tuple", tuple(map(form, value)))
    if tag.tag == FROZENSET:
        return ("frozenset", frozenset(map(form, value)))
    if tag.tag == SURROGATES:
        return ("str", value.decode("utf-8", "surrogatepass"))
    if tag.tag == OWN:
        return ("own", value)
    if tag.tag == BUFFER:
        return ("buffer",) + tuple(value)
    name = {HANDLE: "handle", RECORD: "record"}[tag.tag]
    return (name, tuple(map(form, value)))


def form(value):
    """Of what cbor2 reads. As a key, a list is a tuple to it."""
    if value is None or value is True or value is False:
        return (str(value),)
    if isinstance(value, int):
        return ("int", value)
    if isinstance(value, float):
        return ("float", struct.pack(">d", value).hex())
    if isinstance(value, str):
        return ("str", value)
    if isinstance(value, bytes):
        return ("bytes", value)
    if isinstance(value, cbor2.CBORTag):
        return form_tag(value)
    if isinstance(value, (set, frozenset)):
        return ("set", frozenset(map(form, value)))
    if isinstance(value, (list, tuple)):
        return ("list", tuple(map(form, value)))
    return ("dict", tuple((form(key), form(item))
                          for key, item in value.items()))


# ---- values of any kind ----------------------------------------------------

class Values:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def integer(self):
        bits = self.random.choice([3, 5, 8, 9, 16, 17, 32, 33, 63, 64, 65, 200])
        number = self.random.getrandbits(bits)
        return self.random.choice([number, ~number])

    def real(self):
        while True:
            number = self.random.choice([
                self.random.uniform(-1e6, 1e6), 0.0, -0.0, 5e-324,
                struct.unpack(">d", self.random.getrandbits(64).to_bytes(
                    8, "big"))[0]])
            # cbor2 writes these with 16 bits
            if math.isfinite(number):
                return number

    def text(self):
        alphabet = self.random.choice([
            "abc xyz", "a\u00e9\u00ff", "a\u0100\uffff", "a\U0001f600",
            "a\0\u00ff\u0100\U0010ffff"])
        return "".join(self.random.choice(alphabet)
                       for _ in range(self.random.choice([0, 1, 7, 8, 30])))

    def surrogates(self):
        text = self.text() + self.random.choice(["\ud800", "\udfff"])
        return cbor2.CBORTag(SURROGATES,
                             text.encode("utf-8", "surrogatepass"))

    def blob(self):
        size = self.random.choice([0, 1, 23, 24, 255, 256, 3000])
        return bytes(self.random.getrandbits(8) for _ in range(size))

    def key(self):
        return self.random.choice([
            lambda: self.random.randrange(-1000, 1000), self.text, self.blob,
            self.real, lambda: None])()

    def items(self, depth):
        return [self.value(depth + 1)
                for _ in range(self.random.choice([0, 1, 3, 30 if depth < 2
                                                   else 2]))]

    def value(self, depth=0):
        leaf = [self.integer, self.real, self.text, self.blob,
                self.surrogates, lambda: None, lambda: True, lambda: False,
                lambda: cbor2.CBORTag(OWN, self.random.randrange(1 << 40)),
                lambda: cbor2.CBORTag(BUFFER, [1, 1 << 30])]
        if depth > 4:
            return self.random.choice(leaf)()
        number = self.random.randrange
        return self.random.choice(leaf + 2 * [
            lambda: self.items(depth),
            lambda: cbor2.CBORTag(TUPLE, self.items(depth)),
            lambda: {self.key(): self.value(depth + 1)
                     for _ in range(number(20))},
            lambda: {self.key() for _ in range(number(5))},
            lambda: cbor2.CBORTag(FROZENSET, list(
                {self.key() for _ in range(number(5))})),
            lambda: cbor2.CBORTag(HANDLE, [number(1 << 33), self.text()]),
            lambda: cbor2.CBORTag(RECORD, [number(9)] + self.items(4)[:7]),
        ])()


# ---- both directions --------------------------------------------------------

def test_what_cbor2_writes_is_read_as_what_it_was(tell):
    values = [Values(seed).value() for seed in range(1500)]
    frames = [cbor2.dumps(value) for value in values]
    for value, frame, told in zip(values, frames, tell(frames)):
        assert "refused" not in told, (told, frame.hex())
        assert form_told(told["value"]) == form(value)
        assert told["again"] == frame.hex()


def test_what_is_read_cbor2_reads_as_the_same(tell):
    """Frames with a few bytes changed: most are refused, the rest must be
    the same value to both."""
    chance = random.Random(1)
    frames = []
    for seed in range(4000):
        frame = bytearray(cbor2.dumps(Values(seed).value(3)))
        for _ in range(chance.choice([1, 1, 2, 3])):
            at = chance.randrange(len(frame))
            frame[at] = chance.choice([
                chance.getrandbits(8), frame[at] ^ 1 << chance.randrange(8),
                0xF6, 0x00, 0x80, 0xC6])
        frames.append(bytes(frame))
    taken = 0
    for frame, told in zip(frames, tell(frames)):
        if "refused" in told:
            continue
        assert told["again"] == frame.hex()
        ours = form_told(told["value"])
        try:
            theirs = form(cbor2.loads(frame))
        except (TypeError, cbor2.CBORDecodeError) as error:
            # a key that holds what cannot be one: the builder's to refuse
            assert "unhashable" in str(error), (frame.hex(), error)
            continue
        if count_keys(ours) != count_keys(theirs):
            continue  # equal keys: to cbor2 the last one wins
        taken += 1
        assert ours == theirs, frame.hex()
    assert taken > 300


def count_keys(node):
    """How many values there are: fewer, where keys were equal."""
    if isinstance(node, (tuple, frozenset)):
        return 1 + sum(map(count_keys, node))
    return 1


@pytest.mark.parametrize("value", [
    float("inf"), float("-inf"), float("nan"), 1.5, -0.0])
def test_floats_that_cbor2_writes_short_are_read_long(tell, value):
    frame = b"\xfb" + struct.pack(">d", value)
    told, short = tell([frame, cbor2.dumps(value, canonical=True)])
    assert told["again"] == frame.hex()
    assert form_told(told["value"]) == form(cbor2.loads(frame))
    assert "no simple value of this format" in short["refused"]


@pytest.mark.parametrize("frame, why", [
    ("9f01ff", "no head of this format"),       # cbor2 takes all of these
    ("1817", "a head that could be shorter"),
    ("c24100", "a large int that could be shorter"),
    ("0000", "bytes behind the value"),
    ("c074323031332d30332d32315432303a30343a30305a",
     "no tag of this format"),
])
def test_what_cbor2_takes_and_we_do_not(tell, frame, why):
    cbor2.loads(bytes.fromhex(frame))
    assert why in tell([bytes.fromhex(frame)])[0]["refused"]
