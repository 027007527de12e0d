# A loop has a task factory and a handler of exceptions.
# SPDX-License-Identifier: Apache-2.0
import asyncio

seen = []


class Watch:
    def factory(self, loop, coro, **kwargs):
        import functools
        seen.append("made")
        return asyncio.Task(coro, loop=loop, **kwargs)

    def handler(self, loop, context):
        import reprlib
        seen.append(reprlib.repr(type(context["exception"]).__name__))


async def main():
    watch = Watch()
    loop = asyncio.get_running_loop()
    loop.set_task_factory(watch.factory)
    loop.set_exception_handler(watch.handler)
    assert loop.get_task_factory() == watch.factory
    assert loop.get_exception_handler() == watch.handler
    await asyncio.ensure_future(asyncio.sleep(0))
    loop.call_soon(divmod, 1, 0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    loop.set_task_factory(None)
    loop.set_exception_handler(None)
    assert loop.get_task_factory() is None
    assert loop.get_exception_handler() is None


asyncio.run(main())
got = seen
assert got == ["made", "'ZeroDivisionError'"]
