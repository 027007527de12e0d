# SPDX-License-Identifier: Apache-2.0
"""A program that loads one plugin and looks at what the plugin has got.

    host.py (bare | POLICY) VERDICT

The module `plugin` beside this file leaves in the name `got` what it could
lay hands on. VERDICT, a file, tells what that is worth: `reached HOW` when
something that was denied works, `nothing` when it does not, `raised ERROR`
when the plugin ended with an exception. A plugin that has a function `meet`
meets a program that serves: it is given a loop, a pool, and a future of each.
What a plugin names in `then` the program does once the plugin is gone.
"""

import contextlib
import gc
import sys
import types

# What is denied to the plugin, and what is used to prove that it is usable:
# each is given the object of that name and tells whether it works.
DENIED = ("os", "posix", "socket", "_socket", "ctypes", "_ctypes",
          "subprocess", "_posixsubprocess")


def runs_a_command(system):
    return system("exit 7") == 7 << 8


def makes_a_socket(kind):
    one = kind(2, 2)  # AF_INET, SOCK_DGRAM: nothing is sent
    try:
        return one.fileno() >= 0
    finally:
        one.close()


def calls_c(library):
    return library(None).getpid() == library(None).getpid() > 0


def opens_a_library(dlopen):
    return dlopen(None, 2) != 0


def starts_a_process(popen):
    return popen(["/bin/sh", "-c", "exit 7"]).wait() == 7


def makes_a_process(fork):
    child = fork()
    if child:
        import os
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7 \
            if hasattr(os, "waitstatus_to_exitcode") \
            else os.waitpid(child, 0)[1] == 7 << 8
    sys.modules["posix"]._exit(7)
    return False


def is_a_builtin(function):
    return isinstance(function, types.BuiltinFunctionType)


POWERS = {
    "system": runs_a_command,
    "socket": makes_a_socket,
    "SocketType": makes_a_socket,
    "CDLL": calls_c,
    "dlopen": opens_a_library,
    "Popen": starts_a_process,
    "fork_exec": is_a_builtin,
}


def works(name, thing):
    if not callable(thing):
        return False
    try:
        return bool(POWERS[name](thing))
    except Exception:  # a copy of which half is missing is worth nothing
        return False


def names_of(thing):
    """What a namespace of any shape gives away, without asking it: a lazy
    module that the plugin could not load is not loaded for it here."""
    if isinstance(thing, dict):
        return dict.copy(thing)
    if type(thing).__name__ == "_LazyModule":
        return {}
    try:
        return dict(object.__getattribute__(thing, "__dict__"))
    except (AttributeError, TypeError):
        return {}


def power_of_callable(thing):
    name = getattr(thing, "__name__", None)
    owner = getattr(thing, "__module__", None)
    if isinstance(name, str) and name in POWERS and works(name, thing):
        return name
    # any other function of what was denied
    if isinstance(thing, types.BuiltinFunctionType) and owner in DENIED:
        return "%s.%s" % (owner, name)
    return None


def judge(got):
    """The power that `got`, or the first thing in it, holds, or None."""
    if isinstance(got, list):
        got = got[0] if got else None
    for name in DENIED:
        if got is not None and sys.modules.get(name) is got:
            return "the module " + name
    if isinstance(got, (types.BuiltinFunctionType, types.FunctionType,
                        types.MethodType, type)):
        power = power_of_callable(got)
        if power:
            return power
    for name, thing in names_of(got).items():
        if isinstance(name, str) and name in POWERS and works(name, thing):
            return "%s in a %s" % (name, type(got).__name__)
    return None


async def serve(meet):
    """What is left in the hands of a program goes on when `meet` is over."""
    import asyncio
    import time
    from concurrent.futures import ThreadPoolExecutor

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(time.sleep, 0.1)
        done = loop.create_future()
        meet(loop, pool, done, work)
        await asyncio.sleep(0.05)
        done.set_result(None)
        await asyncio.sleep(0.2)
        with ThreadPoolExecutor(1) as other:
            other.submit(sorted, [])
    await asyncio.sleep(0)


def forks():
    import os
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


def forks_by_multiprocessing():
    import multiprocessing
    process = multiprocessing.get_context("fork").Process(target=int)
    process.start()
    process.join()


def begins_a_generator():
    async def endless():
        while True:
            yield

    with contextlib.suppress(StopIteration):
        endless().__anext__().send(None)
    gc.collect()


def drops_what_is_broken():
    class Broken:
        def __del__(self):
            raise ValueError

    Broken()


def has_a_thread_that_fails():
    import threading
    thread = threading.Thread(target=int, args=("x",))
    thread.start()
    thread.join()


def has_a_thread_of_c_that_fails():
    import _thread
    import time
    _thread.start_new_thread(int, ("x",))
    time.sleep(0.3)


def stops_at_a_breakpoint():
    breakpoint()


THEN = {
    "breakpoint": stops_at_a_breakpoint,
    "codec": lambda: "x".encode("harmless"),
    "display": lambda: exec(compile("'os'", "<console>", "single"), {}),
    "error": lambda: "\xe9".encode("ascii", "harmless"),
    "fork": forks,
    "generator": begins_a_generator,
    "process": forks_by_multiprocessing,
    "raw thread": has_a_thread_of_c_that_fails,
    "thread": has_a_thread_that_fails,
    "unraisable": drops_what_is_broken,
}


def attempt():
    try:
        import plugin
        if "meet" in vars(plugin):
            import asyncio
            asyncio.run(serve(plugin.meet))
        for name in vars(plugin).get("then", ()):
            with contextlib.suppress(Exception):
                THEN[name]()
    except BaseException as error:
        return "raised %s: %s" % (type(error).__name__,
                                  " ".join(str(error).split())[:200])
    gc.collect()
    power = judge(getattr(plugin, "got", None))
    return "reached " + power if power else "nothing"


def main():
    mode, verdict = sys.argv[1:]
    if mode != "bare":
        import stockade
        stockade.install(mode, audit="file:audit.jsonl")
    told = attempt()
    with open(verdict, "w") as file:
        file.write(told + "\n")


main()
