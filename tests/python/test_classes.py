# SPDX-License-Identifier: Apache-2.0
"""The classes of the guard, and of what it puts in the place of others: the
interpreter calls them in everybody's name, so that nobody changes them."""

# covers: python/object/class.c

import json

import pytest

from guarded import Place

CLASSES = {
    "carrier": "type(weakref.ref(owner, functools.partial(int)).__callback__)",
    "method": "type(vars(concurrent.futures.thread._WorkItem)['__init__'])",
    "module": "type(sys.settrace.__self__)",
    "finder": "type(sys.meta_path[0])",
    "Guard": "stockade.Guard",
    "Policy": "stockade.Policy",
    "Sandbox": "stockade.Sandbox",
    "SealedBytes": "stockade.SealedBytes",
    "ImportDenied": "stockade.ImportDenied",
    "EventDenied": "stockade.EventDenied",
    "SignatureError": "stockade.SignatureError",
    "SandboxError": "stockade.SandboxError",
    "SandboxTimeout": "stockade.SandboxTimeout",
    "WorkerDied": "stockade.WorkerDied",
    "RemoteError": "stockade.RemoteError",
    "RunResult": "stockade.RunResult",
    "Usage": "stockade.Usage",
}

MAIN = """
import concurrent.futures.thread, functools, json, sys, weakref, stockade
class Owner: pass
owner = Owner()
ours = {ours}
said = []
for change in (lambda: setattr(ours, "__call__", print),
               lambda: type.__setattr__(ours, "__call__", print),
               lambda: type.__setattr__(ours, "__init__", print),
               lambda: setattr(ours, "anything", 1),
               lambda: delattr(ours, "__doc__"),
               lambda: setattr(ours, "__bases__", (Owner,)),
               lambda: setattr(ours, "__class__", type("Type", (type,), {{}}))):
    try:
        change()
    except TypeError:
        continue
    said.append(change.__code__.co_firstlineno)
print(json.dumps(said))
"""


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n[modules from nobody]\nos = deny\n")
    return place


@pytest.mark.parametrize("ours", CLASSES)
def test_nobody_changes_a_class_of_ours(place, ours):
    done = place.install(MAIN.format(ours=CLASSES[ours]))
    assert done.code == 0, done.err
    assert json.loads(done.out) == []


@pytest.mark.parametrize("ours", ["carrier", "method", "finder"])
def test_nobody_makes_what_would_hold_nothing(place, ours):
    done = place.install("""
        import concurrent.futures.thread, functools, sys, weakref
        class Owner: pass
        owner = Owner()
        ours = %s
        for make in ours, ours.__new__, object.__new__:
            try:
                make() if make is ours else make(ours)
                print("made")
            except TypeError:
                pass
    """ % CLASSES[ours])
    assert (done.code, done.out) == (0, ""), done.err


def test_a_class_below_one_of_ours_is_its_makers(place):
    done = place.install("""
        import stockade
        class Mine(stockade.ImportDenied):
            pass
        class Gone(stockade.WorkerDied):
            pass
        Mine.anything = Gone.anything = 1
        Mine.__init__ = lambda self, *args: setattr(self, "own", args)
        print(Mine.anything, Mine("x", 2).own, isinstance(Mine(), ImportError))
    """)
    assert (done.code, done.out) == (0, "1 ('x', 2) True\n"), done.err
