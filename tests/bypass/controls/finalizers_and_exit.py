# Finalizers and exit functions are registered and undone.
# SPDX-License-Identifier: Apache-2.0
import atexit
import gc
import threading
import weakref

called = []


class Thing:
    def __del__(self):
        import string
        called.append("del")


def last(*args, **kwargs):
    import textwrap
    called.append("exit")


atexit.register(last, 1, b=2)
atexit.unregister(last)


@atexit.register
def decorated():
    pass


atexit.unregister(decorated)
thing = Thing()
end = weakref.finalize(thing, called.append, "end")
assert end.alive and end.peek()[1] == called.append
refs = weakref.WeakValueDictionary(a=thing), weakref.WeakSet([thing])
ref = weakref.ref(thing, lambda r: called.append("ref"))
proxy = weakref.proxy(thing, lambda p: called.append("proxy"))
method = weakref.WeakMethod(thing.__del__)
assert method() == thing.__del__ and ref() is thing
del thing
gc.collect()
got = sorted(map(str, called))
assert len(got) == 4 and not refs[0] and not end.alive
