# SPDX-License-Identifier: Apache-2.0
# covers: worker/caller.c
"""What a function of a plugin sees of whoever calls it from the host."""

import pytest

import workerplace
from workerplace import place  # noqa: F401

pytestmark = pytest.mark.workers

PLUGIN = """
    import collections, enum, inspect, sys, traceback, warnings

    def above(*args, **named):
        frame = sys._getframe(1)
        return frame.f_globals["__name__"], sorted(frame.f_globals), frame.f_back, frame.f_lineno > 0

    def names():
        return sorted(inspect.currentframe().f_back.f_locals)

    class Thing:
        def method(self, *args, **named):
            return sys._getframe(1).f_globals["__name__"]

    def made():
        made_here = collections.namedtuple("Made", "x")
        return made_here.__module__, enum.Enum("E", "a").__module__

    def warn():
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            warnings.warn("old", DeprecationWarning, stacklevel=2)
        return [(str(one.message), one.filename) for one in seen]

    def fail(deep=0):
        sys._getframe(1)
        if deep:
            return fail(deep - 1)
        raise ValueError("why")

    def stack():
        return [one.name for one in traceback.extract_stack()]

    def call(function):
        sys._getframe(1)
        return function()

    def plain():
        return ask()

    def ask():
        return sys._getframe(1).f_back
"""


@pytest.fixture
def plugin(place):  # noqa: F811
    place.write("plugins/reports.py", PLUGIN)
    return place


def test_there_is_a_frame_above_that_says_nothing_of_the_host(plugin):
    done = plugin.install("""
        import plugins.reports as r
        secret = "of the host"
        print(r.above(1), r.above(x=1) == r.above(), r.names())
        print(r.Thing().method(), r.Thing().method(1, x=2))
        print(r.made(), r.warn(), r.stack(), r.plain())
    """)
    assert done.out.splitlines() == [
        "('__main__', ['__builtins__', '__name__'], None, True) True ['args', 'callable']",
        "__main__ __main__",
        "('plugins.reports', 'plugins.reports') [('old', '<host>')] ['call', 'stack'] None"], done.out + done.err


def test_it_is_not_in_what_users_see(plugin):
    done = plugin.install("""
        import plugins.reports as r
        def back():
            r.fail(1)
        for call in (lambda: r.fail()), (lambda: r.fail(deep=1)), (lambda: r.Thing(1)), (lambda: r.call(back)):
            try:
                call()
            except Exception as error:
                print(error.__cause__.remote_traceback.count("<host>"), type(error).__name__)
    """)
    assert done.out == "0 ValueError\n0 ValueError\n0 TypeError\n0 ValueError\n", done.out + done.err
