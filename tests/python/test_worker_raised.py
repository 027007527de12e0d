# SPDX-License-Identifier: Apache-2.0
# covers: worker/raised.c
"""Exceptions of a worker, as the host has them."""

import os
import sys

import pytest

import guarded

# a worker has neither the addresses nor the system calls of a sanitizer
pytestmark = pytest.mark.skipif("STOCKADE_SANITIZE" in os.environ,
                                reason="the sanitizers need what a worker lacks")

POLICY = guarded.dedent("""
    default = allow
    trusted = @stdlib

    [modules]
    plugins = allow
    plugins.* = sandbox:strict
""")


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(POLICY)
    place.write("plugins/__init__.py", "")
    return place


# Arguments with which the exception itself does harm when it is shown.
HARMFUL = [
    ("UnicodeDecodeError", "('a', b'', -10**15, -10**15 + 1, 'x')"),
    ("UnicodeDecodeError", "('a', b'ab', 5, 6, 'x')"),
    ("UnicodeDecodeError", "('a', b'ab', 1, 0, 'x')"),
    ("UnicodeDecodeError", "('a', 'text', 0, 1, 'x')"),
    ("UnicodeDecodeError", "('a', b'ab', 2**80, 2**80 + 1, 'x')"),
    ("UnicodeEncodeError", "('a', '', -10**15, -10**15 + 1, 'x')"),
    ("UnicodeEncodeError", "('a', 'ab', -1, 0, 'x')"),
    ("UnicodeEncodeError", "('a', 'ab', 0, True, 'x')"),
    ("SyntaxError", "('m', ('f', 1, 10**9, 'text'))"),
    ("SyntaxError", "('m', ('f', 1, 1, 'text', 1, 2 * 10**9))"),
    ("SyntaxError", "('m', ('f', 1, -10**9, 'text'))"),
    ("SyntaxError", "('m', ('f', 1, 1, 'text' * 10**6))"),
    ("IndentationError", "('m', ('f', 10**12, 1, []))"),
    ("TabError", "('m', 5)"),
    ("SyntaxError", "('m', ('f', 1, 1, 'text'), 3)"),
    ("OSError", "(2**70, 'x', 'y', 5, 'z')"),
    ("BlockingIOError", "(1, 'x', 2**70)"),
]


@pytest.mark.parametrize("name, args", HARMFUL)
def test_an_exception_does_no_harm_when_it_is_shown(place, name, args):
    place.write("plugins/liar.py", """
        class Liar(%s):
            args = %s
            def __init__(self):
                pass
            def __new__(cls):
                return %s.__new__(cls, *(("a", b"", 0, 0, "x") if "Decode" in "%s" else
                                         ("a", "", 0, 0, "x") if "Encode" in "%s" else ("m",)))
            def __str__(self):
                return "lies"
        def lie():
            raise Liar
        def one():
            return 1
    """ % (name, args, name, name, name))
    done = place.install("""
        import traceback
        import plugins.liar as l
        try:
            l.lie()
        except Exception as error:
            str(error), repr(error)
            shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            print(len(shown) < 50000, "lies" in shown)
        print(l.one(), flush=True)
        l.lie()
    """)
    assert done.out == "True True\n1\n", (done.out, done.err[-2000:])
    assert done.code == 1 and len(done.err) < 50000


def test_what_is_honest_of_these_comes_whole(place):
    place.write("plugins/honest.py", """
        def decode():
            b"a\\xff".decode()
        def encode():
            "\\u20ac".encode("ascii")
        def parse():
            compile("a = (1,\\nb = 2", "made.py", "exec")
    """)
    done = place.install("""
        import plugins.honest as h
        try:
            h.decode()
        except UnicodeDecodeError as error:
            print(error.start, error.end, error.object, error.reason)
        try:
            h.encode()
        except UnicodeEncodeError as error:
            print(error.start, error.end, ascii(error.object))
        try:
            h.parse()
        except SyntaxError as error:
            print(error.filename, error.lineno in (1, 2), error.text is not None)
    """)
    assert done.out == (
        "1 2 b'a\\xff' invalid start byte\n0 1 '\\u20ac'\nmade.py True True\n"), (done.out, done.err)
