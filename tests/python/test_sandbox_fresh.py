# SPDX-License-Identifier: Apache-2.0
# covers: worker/fresh.c
# covers: worker/held.c
"""What one string of code finds of the one before it, in the same worker."""

import sys

import pytest

import guarded
from sandboxplace import place  # noqa: F401

pytestmark = pytest.mark.workers


# What the first does; what the second says of it, and has to say as if it were alone.
FRESH = [
    ("import sys, io; sys.stdout = io.StringIO()", "print('seen')"),
    ("import sys; sys.stdout = sys.stderr = None", "import sys; print('seen', file=sys.stderr); sys.stdout.write('a')"),
    ("import sys; sys.stdout.write = 1", "print(1)"),
    ("import sys, io; sys.stdin = io.StringIO('abc')", "import sys; sys.stdin.read()"),
    ("import sys; sys.stdin.close()", "import sys; sys.stdin.read()"),
    ("import sys; del sys.stdout, sys.displayhook", "import sys; print(sys.displayhook.__name__)"),
    ("import sys; sys.excepthook = sys.argv = None; sys.path[:] = ['x']", "import sys; (sys.argv, sys.path, sys.excepthook.__name__)"),
    ("import sys; sys.meta_path.clear()", "import colorsys; len(colorsys.__all__)"),
    ("import sys; sys.setrecursionlimit(5000)", "import sys; sys.getrecursionlimit()"),
    ("import sys; sys.setswitchinterval(1)", "import sys; sys.getswitchinterval()"),
    ("import sys\nif hasattr(sys, 'set_int_max_str_digits'): sys.set_int_max_str_digits(0)",
     "import sys; getattr(sys, 'get_int_max_str_digits', int)()"),
    ("import gc; gc.disable(); gc.set_threshold(1)", "import gc; (gc.isenabled(), gc.get_threshold())"),
    ("import gc; gc.set_debug(gc.DEBUG_SAVEALL)", "import gc; gc.get_debug()"),
    ("import sys; sys.set_asyncgen_hooks(print, print)", "import sys; tuple(sys.get_asyncgen_hooks())"),
    ("import sys; sys.set_coroutine_origin_tracking_depth(5)", "import sys; sys.get_coroutine_origin_tracking_depth()"),
    ("import sys; sys.settrace(lambda *a: None); sys.setprofile(lambda *a: None)",
     "import sys; (sys.gettrace(), sys.getprofile())"),
    ("import decimal; decimal.getcontext().prec = 3", "import decimal; decimal.Decimal(1) / 7"),
    ("import decimal; decimal.setcontext(decimal.Context(prec=2, rounding=decimal.ROUND_UP))",
     "import decimal; decimal.Decimal(1) / 7"),
    ("import contextvars; contextvars.ContextVar('v').set(1)", "import contextvars; len(contextvars.copy_context())"),
    ("import warnings; warnings.simplefilter('error')", "import warnings; warnings.warn('w'); len(warnings.filters)"),
    ("import warnings; warnings.filters = [('error', None, Warning, None, 0)]", "import warnings; warnings.warn('w')"),
    ("import builtins; builtins.len = builtins.print = None; builtins.mine = 1", "print(len('abc'), 'mine' in dir(__builtins__))"),
    ("import builtins; del builtins.__import__, builtins.int", "import json; json.dumps(int('3'))"),
    ("import builtins; builtins.__dict__.clear()", "len('abc')"),
    ("import locale; locale.setlocale(locale.LC_ALL, 'C')", "import locale; locale.setlocale(locale.LC_ALL)"),
    ("import logging; logging.warning('w')", "import logging; logging.basicConfig(level=logging.INFO); logging.info('seen')"),
    ("import logging; logging.disable(50); logging.basicConfig(level=10)", "import logging; logging.info('i'); logging.error('e')"),
    ("x = 1", "'x' in globals()"),
    ("import sys; sys.tracebacklimit = 1", "import sys; hasattr(sys, 'tracebacklimit')"),
    ("import sys; sys.warnoptions.append('error')", "import sys; sys.warnoptions"),
    ("import sys; sys.warnoptions = ['error']", "import sys; sys.warnoptions"),
    ("import sys; sys.flags = sys.platform = sys.maxsize = 1", "import sys; (len(sys.flags), sys.platform, sys.maxsize)"),
    ("import sys; sys.getrecursionlimit = sys.exit = None", "import sys; (sys.getrecursionlimit(), sys.exit.__name__)"),
    ("import sys; sys.setrecursionlimit(5000); sys.setrecursionlimit = None", "import sys; sys.getrecursionlimit()"),
    ("import sys; sys.dont_write_bytecode = 7; sys.pycache_prefix = 'x'",
     "import sys; (sys.dont_write_bytecode, sys.pycache_prefix)"),
    ("import sys; sys.last_value = sys.ps1 = 1", "import sys; (hasattr(sys, 'ps1'), hasattr(sys, 'last_value'))"),
    ("import sys; sys.path_importer_cache = None", "import sys; type(sys.path_importer_cache).__name__"),
    ("import sys; sys.__stdout__ = sys.__excepthook__ = None", "import sys; (sys.__stdout__ is sys.stdout, sys.__excepthook__.__name__)"),
    ("import sys; sys.breakpointhook = sys.unraisablehook = print", "import sys; (sys.breakpointhook.__name__, sys.unraisablehook.__name__)"),
    ("import sys; sys.setdlopenflags(1)", "import sys; sys.getdlopenflags()"),
    ("import sys\nif hasattr(sys, 'monitoring'): sys.monitoring.use_tool_id(2, 'x')",
     "import sys; hasattr(sys, 'monitoring') and sys.monitoring.get_tool(2)"),
    ("import sys\nif hasattr(sys, 'monitoring'):\n  m = sys.monitoring; m.use_tool_id(1, 'x'); m.set_events(1, m.events.CALL)\n"
     "  m.register_callback(1, m.events.CALL, print)", "len('abc')"),
    ("import gc; gc.callbacks.append(print)", "import gc; len(gc.callbacks)"),
    ("import codecs; codecs.register_error('strict', codecs.ignore_errors)", "import codecs; codecs.lookup_error('strict').__name__"),
    ("import decimal; decimal.DefaultContext.prec = 5", "import decimal; (str(decimal.getcontext()), str(decimal.Context()))"),
    ("import decimal; decimal.BasicContext.prec = 5; decimal.ExtendedContext.rounding = decimal.ROUND_UP",
     "import decimal; (str(decimal.BasicContext), str(decimal.ExtendedContext))"),
    ("import decimal; decimal.DefaultContext.traps[decimal.Inexact] = True", "import decimal; decimal.Decimal(1) / 3"),
    ("import decimal; decimal.DefaultContext = decimal.Context(prec=3)", "import decimal; decimal.DefaultContext.prec"),
    ("import threading; threading.settrace(print); threading.setprofile(print)",
     "import threading; (threading._trace_hook, threading._profile_hook)"),
    ("import threading; threading.excepthook = print", "import threading; threading.excepthook is print"),
    ("import threading; threading.stack_size(1 << 20)", "import threading; threading.stack_size()"),
    ("import tracemalloc; tracemalloc.start()", "import tracemalloc; tracemalloc.is_tracing()"),
    ("import warnings; warnings.showwarning = warnings.formatwarning = print", "import warnings; warnings.warn('w')"),
    ("import warnings; warnings._showwarnmsg = None", "import warnings; warnings.warn('w')"),
    ("import warnings; warnings.defaultaction = 'error'; warnings.resetwarnings()", "import warnings; warnings.warn('w')"),
    ("import warnings; warnings.simplefilter('once'); warnings.warn('w')",
     "import warnings; warnings.simplefilter('once'); warnings.warn('w')"),
    ("import logging; logging.captureWarnings(True)", "import warnings; warnings.warn('w')"),
    ("import logging; logging.getLogger().addFilter(lambda r: False); logging.getLogger().disabled = True",
     "import logging; logging.error('e')"),
    ("import logging; logging.raiseExceptions = False; logging.lastResort = None", "import logging; logging.getLogger('a').error('e')"),
    ("import logging; logging.setLoggerClass(type('L', (logging.Logger,), {})); logging.setLogRecordFactory(print)",
     "import logging; (logging.getLoggerClass().__name__, logging.getLogRecordFactory().__name__)"),
]


def test_the_settings_of_the_interpreter_are_fresh(place):
    done = place.install("""
        for first, second in %r:
            told = []
            for sources in [second], [first, second]:
                with _guard.sandbox("agent") as box:
                    for source in sources:
                        try:
                            done = box.run(source)
                            last = done.value, done.output
                        except Exception as error:
                            last = repr(error)
                    told.append(last)
            if told[0] != told[1] or isinstance(told[1], str):
                print(first, told)
    """ % FRESH)
    assert (done.out, done.code) == ("", 0), (done.out, done.err)


def told_twice(place, profile, code):
    """What the same code tells in two runs of one box."""
    place.policy("default = allow\ntrusted = @stdlib\n[sandbox own]\n" + profile)
    done = place.install("""
        with _guard.sandbox("own") as box:
            for _ in range(2):
                print(box.run(%r).value)
    """ % guarded.dedent(code))
    assert done.code == 0, done.err
    return done.out.splitlines()


def test_of_a_module_that_is_loaded_by_the_first_it_is_fresh_too(place):
    assert told_twice(place, "preload = _socket\n", """
        import decimal, threading
        context = decimal.DefaultContext
        result = context.prec, context.rounding, threading._trace_hook
        context.prec, context.rounding = 3, decimal.ROUND_UP
        threading.settrace(print)
    """) == ["(28, 'ROUND_HALF_EVEN', None)"] * 2


def test_a_loop_of_events_is_not_the_next_ones(place):
    names = told_twice(place, "syscalls = @compute @time @asyncio\npreload = asyncio\n", """
        import asyncio
        result = type(asyncio.get_event_loop_policy()).__name__
        class P(asyncio.DefaultEventLoopPolicy): pass
        asyncio.set_event_loop_policy(P())
        asyncio.set_event_loop(asyncio.new_event_loop())
    """)
    assert len(names) == 2 and names[0] == names[1] != "P", names


def test_a_hundred_runs_are_each_as_the_first(place):
    done = place.install("""
        with _guard.sandbox("agent") as box:
            for _ in range(100):
                first = box.run("import decimal, sys, io\\nresult = str(decimal.Decimal(1) / 7), type(sys.stdout).__name__\\n"
                                "decimal.getcontext().prec = 2\\nsys.stdout = io.StringIO()")
                assert first.value == ("0.1428571428571428571428571429", "WorkerOutput"), first
        print("fine")
    """)
    assert done.out == "fine\n", (done.out, done.err)


def test_what_modules_hold_stays(place):
    done = place.install("""
        with _guard.sandbox("agent") as box:
            box.run("import os, random, json, sys, string\\nos.environ['A'] = 'b'\\nrandom.seed(1)\\n"
                    "json.mine = string.digits = sys.mine = 'x'\\nsys.modules['made'] = 5")
            print(box.run("import os, random, json, sys, string\\n"
                          "(os.environ['A'], random.random(), json.mine, string.digits, sys.mine, sys.modules['made'])").value)
    """)
    assert done.out == "('b', 0.13436424411240122, 'x', 'x', 'x', 5)\n", (done.out, done.err)


def test_what_code_leaves_is_called_under_its_settings(place):
    done = place.install("""
        with _guard.sandbox("agent") as box:
            done = box.run("import decimal\\ndecimal.getcontext().prec = 3\\n"
                           "def third(): return decimal.Decimal(1) / 3\\nresult = third")
            print(done.value())
            box.run("1")
            print(done.value())
    """)
    assert done.out == "0.333\n0.3333333333333333333333333333\n", (done.out, done.err)


def test_code_that_spoils_its_worker_ends_at_most_that(place):
    done = place.install("""
        import stockade
        with _guard.sandbox("agent") as box:
            for source in ("import sys; sys.stdin.__class__ = int", "import contextvars; contextvars.Context().run(exit)",
                           "import gc, sys\\nfor o in gc.get_objects():\\n  if type(o) is dict and 'print' in o: o.clear()",
                           "import _warnings; _warnings.filters.clear(); _warnings._filters_mutated = 1",
                           "import _warnings; del _warnings.filters", "import sys; sys.modules.clear()"):
                try:
                    box.run(source)
                except Exception:
                    pass
                try:
                    print(box.run("1 + 1").value)
                except Exception as error:
                    print(type(error).__name__)
    """)
    assert done.code == 0 and len(done.out.split()) == 6, (done.out, done.err)
    assert done.out.split()[:2] == ["2", "2"], done.out
