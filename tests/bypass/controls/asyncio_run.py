# asyncio runs a coroutine.
# SPDX-License-Identifier: Apache-2.0
import asyncio


async def one():
    await asyncio.sleep(0)
    return 1


got = asyncio.run(one())
assert got == 1
