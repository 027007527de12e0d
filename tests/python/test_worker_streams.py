# SPDX-License-Identifier: Apache-2.0
"""sys.stdin, sys.stdout and sys.stderr of a worker, as what code expects of them."""

import pytest

from sandboxplace import place  # noqa: F401

pytestmark = pytest.mark.workers


@pytest.mark.parametrize("source, value, output", [
    (r"import sys; sys.stdout.buffer.write(b'ab\n')", 3, "ab\n"),
    (r"import sys; print('a'); sys.stdout.buffer.write(b'b\n'); print('c'); sys.stdout.buffer.flush()", None, "a\nb\nc\n"),
    (r"import sys; [sys.stdout.buffer.write(bytes([b])) for b in '\u20ac\u00e9\n'.encode()][-1]", 1, "\u20ac\u00e9\n"),
    (r"import sys; sys.stdout.buffer.write(b'a\xffb\xe2\x82\n'); sys.stdout.buffer.write(b'\xe2')", 1, "a\\xffb\\xe2\\x82\n\\xe2"),
    (r"import sys; sys.stderr.buffer.write(memoryview(bytearray(b'x')))", 1, "x"),
    (r"import sys; sys.stdout.buffer.write('x')", "TypeError", ""),
    (r"import sys; sys.stdout.buffer.raw.write(b'x')", "AttributeError", ""),
    (r"import sys; sys.stdout.reconfigure(encoding='utf-8', errors='replace', line_buffering=True); print('x')", None, "x\n"),
    (r"import sys; (sys.stdout.name, sys.stderr.name, sys.stdout.mode, sys.stdout.line_buffering, sys.stdout.newlines)",
     ("<stdout>", "<stderr>", "w", True, None), ""),
    (r"import io, sys; w = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8'); w.write('x\n'); w.flush(); print('y')",
     None, "x\ny\n"),
    (r"import sys; (sys.stdout.buffer.writable(), sys.stdout.buffer.readable(), sys.stdout.buffer.isatty(), sys.stdout.buffer.closed)",
     (True, False, False, False), ""),
    (r"import sys; (sys.stdin.buffer.read(), sys.stdin.read(), sys.stdin.readline(), sys.stdin.isatty(), sys.stdin.encoding)",
     (b"", "", "", False, "utf-8"), ""),
    (r"import sys; [line for line in sys.stdin]", [], ""),
    (r"import sys, json; json.dump([1], sys.stdout); sys.stdout.flush()", None, "[1]"),
    (r"import contextlib, io; f = io.StringIO()" "\nwith contextlib.redirect_stdout(f): print('in')\nf.getvalue()", "in\n", ""),
])
def test_what_code_does_with_them(place, source, value, output):
    done = place.install("""
        with _guard.sandbox("agent") as box:
            try:
                done = box.run(%r)
                print(ascii((done.value, done.output)))
            except Exception as error:
                print(ascii((type(error).__name__, error.__cause__.result.output)))
    """ % source)
    assert done.out == ascii((value, output)) + "\n", (done.out, done.err)


DESCRIPTORS = '''
import doctest, io, sys
def twice(n):
    """
    >>> twice(2)
    4
    """
    return n * 2
told = []
for stream in sys.stdout, sys.stderr:
    try:
        stream.fileno()
    except io.UnsupportedOperation as error:
        told.append(str(error))
done = doctest.testmod()
result = told, done.failed, done.attempted
'''


def test_who_asks_for_a_descriptor_is_told_as_by_a_stream_in_memory(place):
    done = place.install("""
        with _guard.sandbox("agent") as box:
            print(box.run(%r).value)
    """ % DESCRIPTORS)
    assert done.out == "(%r, 0, 1)\n" % (["a worker's output has no descriptor"] * 2,), (done.out, done.err)


def test_there_is_nobody_at_a_debugger(place):
    done = place.install("""
        import stockade
        with _guard.sandbox("agent") as box:
            for source in "breakpoint()", "import pdb; pdb.set_trace()":
                try:
                    box.run(source)
                except stockade.RemoteError as error:
                    print(str(error).splitlines()[0])
    """)
    assert done.out == 2 * ("bdb.BdbQuit: there is nobody at a debugger in a worker: take breakpoint() out\n"), (
        done.out, done.err)
