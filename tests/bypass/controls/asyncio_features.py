# asyncio has tasks, queues, timeouts and threads.
# SPDX-License-Identifier: Apache-2.0
import asyncio


async def produce(queue):
    for number in range(3):
        await queue.put(number)


async def run():
    queue = asyncio.Queue()
    task = asyncio.ensure_future(produce(queue))
    found = [await asyncio.wait_for(queue.get(), 5) for _ in range(3)]
    await task
    loop = asyncio.get_running_loop()
    found.append(await loop.run_in_executor(None, sum, [1, 2]))
    return found


got = asyncio.run(run())
assert got == [0, 1, 2, 3]
