# SPDX-License-Identifier: Apache-2.0
# covers: python/later/givenback.c
# covers: python/later/signals.c
"""Handlers of signals are those that were set, and ask for who set them."""

import sys

import pytest

import guarded

POLICY = guarded.dedent("""
    default = allow
    trusted = @stdlib

    [modules from plug]
    colorsys = deny
""")


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(POLICY)
    return place


HANDLERS = {
    "a function": "handler = lambda *a: None",
    "a method": "class C:\n    def f(self, *a): pass\nhandler = C().f",
    "an instance": "class C:\n    def __call__(self, *a): pass\nhandler = C()",
    "a partial": "import functools\nhandler = functools.partial(print, 'got')",
    "a builtin": "import signal\nhandler = signal.default_int_handler",
    "the default": "import signal\nhandler = signal.SIG_DFL",
}


@pytest.mark.parametrize("kind", sorted(HANDLERS))
def test_a_handler_is_the_one_that_was_set(place, kind):
    done = place.install(HANDLERS[kind] + """
import signal, _signal
before = signal.getsignal(signal.SIGINT)
for number in range(3):
    assert signal.signal(signal.SIGINT, handler) is before
    assert signal.getsignal(signal.SIGINT) is handler
    assert _signal.getsignal(signal.SIGINT) == handler
    assert signal.signal(signal.SIGINT, before) is handler
assert signal.getsignal(signal.SIGINT) is before
""")
    assert done.err == "" and done.code == 0, done.err


def test_a_handler_that_is_set_again_is_set_as_ever(place):
    """What signal() does not take, it refuses for one that was given back, too."""
    done = place.install("""
        import signal, _signal
        handler = print
        _signal.signal(signal.SIGINT, handler)
        assert _signal.getsignal(signal.SIGINT) is handler
        try:
            _signal.signal(signal.SIGINT, handler, other=1)
        except TypeError as error:
            assert "keyword" in str(error), error
        else:
            raise SystemExit("taken")
        assert _signal.signal(signal.SIGINT, handler) is handler
    """)
    assert done.err == "" and done.code == 0, done.err


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio sets none")
def test_asyncio_takes_its_handler_back(place):
    done = place.install("""
        import asyncio, signal
        async def main():
            return signal.getsignal(signal.SIGINT)
        during = asyncio.run(main())
        assert during is not signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        """)
    assert done.err == "" and done.code == 0, done.err


def test_unittest_knows_its_handler(place):
    done = place.install("""
        import os, signal, unittest
        result = unittest.TestResult()
        unittest.installHandler()
        unittest.registerResult(result)
        os.kill(os.getpid(), signal.SIGINT)
        assert result.shouldStop
        unittest.removeHandler()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        """)
    assert done.err == "" and done.code == 0, done.err


@pytest.mark.parametrize("others", [0, 200])
def test_who_restores_a_handler_does_not_ask_for_it(place, others):
    place.write("plug.py", """
        import functools, importlib, signal
        def set():
            handler = functools.partial(max, "colorsys", "",
                                        key=importlib.import_module)
            signal.signal(signal.SIGUSR1, handler)
        """)
    done = place.install("""
        import os, signal, sys
        import plug
        plug.set()
        old = signal.signal(signal.SIGUSR1, lambda *a: None)
        for n in range(%d):
            signal.signal(signal.SIGUSR1, lambda *a: None)
        signal.signal(signal.SIGUSR1, old)
        try:
            os.kill(os.getpid(), signal.SIGUSR1)
        except Exception as error:
            print(type(error).__name__)
        print("colorsys" in sys.modules)
        """ % others)
    assert done.out == "ImportDenied\nFalse\n", (done.out, done.err)


def test_a_handler_ends_as_without_a_guard(place):
    """And what it holds: a process that multiprocessing counts as left."""
    done = place.install("""
        import signal, weakref
        class Held:
            pass
        def restore(held):
            old = signal.signal(signal.SIGUSR1, lambda *a: held)
            signal.getsignal(signal.SIGUSR1)
            signal.signal(signal.SIGUSR1, old)
        held = Held()
        alive = weakref.ref(held)
        restore(held)
        del held
        print(alive())
        """)
    assert done.out == "None\n", (done.out, done.err)


def test_a_handler_without_weak_references_is_restored(place):
    done = place.install("""
        import signal
        class Slot:
            __slots__ = ()
            def __call__(self, *a):
                pass
        for handler in [Slot() for n in range(3)]:
            for n in range(3):
                before = signal.signal(signal.SIGUSR1, handler)
                assert signal.getsignal(signal.SIGUSR1) is handler
                assert signal.signal(signal.SIGUSR1, before) is handler
            assert signal.getsignal(signal.SIGUSR1) is before
        print("restored")
        """)
    assert done.out == "restored\n", (done.out, done.err)


def test_what_nobody_can_set_again_is_not_kept(place):
    done = place.install("""
        import gc, signal, weakref
        class Handler:
            def __call__(self, *a):
                pass
        alive = weakref.WeakSet()
        for n in range(50):
            handler = Handler()
            alive.add(handler)
            signal.signal(signal.SIGUSR1, handler)
            assert signal.getsignal(signal.SIGUSR1) is handler
            del handler
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
        gc.collect()
        print(len(alive))
        """)
    assert done.out == "0\n", (done.out, done.err)


def test_what_ends_with_a_handler_may_set_and_ask_for_others(place):
    done = place.install("""
        import signal
        class Handler:
            def __init__(self, more=0):
                self.more = more
            def __call__(self, *a):
                pass
            def __del__(self):
                for n in range(self.more):
                    signal.signal(signal.SIGUSR2, Handler())
                    signal.getsignal(signal.SIGUSR2)
        held = []
        for n in range(6):
            signal.signal(signal.SIGUSR1, Handler(30 if n == 4 else 0))
            held.append(signal.getsignal(signal.SIGUSR1))
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
        held.clear()
        signal.signal(signal.SIGUSR1, Handler())
        print(type(signal.getsignal(signal.SIGUSR1)).__name__)
        """)
    assert (done.code, done.out) == (0, "Handler\n"), (done.out, done.err)
