# The frame of the program's coroutine is on the stack.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
def meet(loop, pool, done, work):
    import asyncio
    task = asyncio.current_task()
    coroutine = task.get_coro()
    global got
    got = coroutine.cr_frame.f_globals["sys"].modules["os"]


got = None
