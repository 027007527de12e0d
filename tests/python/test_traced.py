# SPDX-License-Identifier: Apache-2.0
"""Who asks for what is imported while a frame is traced."""

# covers: python/asks/traced.c

import os
import textwrap

import pytest

from guarded import Place

# Restricted for somebody: unknown code is denied it, the host is not.
POLICY = """
default = allow
trusted = @stdlib
[modules from plug]
colorsys = deny
[events from plug]
os.system = deny
"""

BARE = """
    once = functools.partial(%s)
    sink = types.SimpleNamespace(write=collections.defaultdict(once).__getitem__)
    tracer = functools.partial(print, file=sink)
"""

SET = """
    sys.settrace(lambda *args: None)
    sys._getframe().f_trace = tracer
    here = 1
    sys.settrace(None)
"""


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    made.policy(POLICY)
    return made


def script(*parts):
    return "import collections, functools, importlib, os, pydoc, sys, types\n" + \
        "".join(textwrap.dedent(part).strip("\n") + "\n" for part in parts)


def denied(place, *parts):
    done = place.install(script(*parts))
    return {one["name"] for one in done.attempts(verdict="deny")}, done.err


@pytest.mark.parametrize("ask", ["__import__", "importlib.import_module", "pydoc.locate"])
def test_a_bare_tracer_of_a_frame_is_of_unknown_code(place, ask):
    names, said = denied(place, BARE % (ask + ", 'colorsys'"), SET)
    assert names == {"colorsys"}
    assert ask == "pydoc.locate" or "denied to unknown code" in said


def test_so_is_a_function_of_the_standard_library_that_is_told_a_name(place):
    names, _ = denied(place, "tracer = types.MethodType(pydoc.render_doc, 'colorsys')", SET)
    assert names == {"colorsys"}


def test_what_is_traced_further_out_is_no_matter(place):
    names, _ = denied(place, """
        def calls():
            sys._getframe().f_trace = tracer
            here = 1
    """, BARE % "__import__, 'colorsys'", """
        sys._getframe().f_trace = quiet = lambda *args: quiet
        sys.settrace(quiet)
        calls()
    """)
    assert names == {"colorsys"}


def test_an_event_of_a_bare_tracer_is_of_unknown_code(place):
    done = place.install(script(BARE % "os.system, 'echo > proof'", SET))
    assert "EventDenied" in done.err
    assert not os.path.exists(os.path.join(place.folder, "proof"))


def test_a_tracer_that_the_program_has_written_asks_for_itself(place):
    done = place.install(script("""
        def tracer(frame, event, arg):
            importlib.import_module('colorsys')
            import colorsys
            return tracer

        class Debugger:
            def trace(self, frame, event, arg):
                __import__('colorsys')
                return self.trace
    """, SET, "tracer = Debugger().trace", SET, """
        sys.settrace(tracer)
        def called():
            here = 1
        called()
        sys.settrace(None)
        print('colorsys' in sys.modules)
    """))
    assert (done.code, done.out) == (0, "True\n"), done.err
    assert done.attempts(verdict="deny") == []
