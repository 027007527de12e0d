# Context managers import when they are entered and left.
# SPDX-License-Identifier: Apache-2.0
import asyncio
import contextlib
import contextvars

seen = []


@contextlib.contextmanager
def opened(name):
    import importlib
    module = importlib.import_module(name)
    try:
        yield module
    finally:
        import gc
        seen.append(name)


with contextlib.ExitStack() as stack:
    one = stack.enter_context(opened("string"))
    stack.callback(seen.append, "called")
    stack.push(lambda *a: seen.append("pushed"))
variable = contextvars.ContextVar("variable", default=1)
context = contextvars.copy_context()


def inside():
    import bisect
    variable.set(2)
    return bisect.bisect([1, 3], 2)


got = (context.run(inside), context[variable], variable.get(), seen)
assert got == (1, 2, 1, ["pushed", "called", "string"])


async def main():
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.sleep, 0)
        stack.callback(__import__, "textwrap")


asyncio.run(main())
