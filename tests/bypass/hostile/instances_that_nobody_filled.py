# Instances of the guard's own classes are made past their constructors.
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures.thread
import functools
import sys
import types
import weakref

import stockade


class Owner:
    pass


owner = Owner()
reference = weakref.ref(owner, functools.partial(int))
work = vars(concurrent.futures.thread._WorkItem)["__init__"]
classes = [type(reference.__callback__), type(work), type(sys.meta_path[0]),
           type(weakref.ref.__new__), type(sys.settrace.__self__)]
classes += [found for found in list(vars(stockade).values()) +
            object.__subclasses__() + types.ModuleType.__subclasses__() +
            weakref.ref.__subclasses__()
            if isinstance(found, type) and
            str(found.__module__).startswith("stockade")]
makers = [lambda made: made(), lambda made: made("x"), object.__new__,
          lambda made: made.__new__(made), types.ModuleType.__new__,
          lambda made: weakref.ref.__new__(made, owner)]


def uses(thing):
    yield repr
    yield hash
    yield list
    yield lambda one: one()
    yield lambda one: one == one
    for name in dir(type(thing)):
        yield lambda one, name=name: getattr(one, name)
        if name not in ("run", "close", "__class__"):
            yield lambda one, name=name: getattr(one, name)()


for found in classes:
    for make in makers:
        try:
            thing = make(found)
        except Exception:
            continue
        for use in uses(thing):
            try:
                use(thing)
            except Exception:
                pass
got = 1
