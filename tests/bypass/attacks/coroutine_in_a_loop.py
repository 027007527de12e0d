# A coroutine imports when the loop comes to it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import asyncio


async def find():
    await asyncio.sleep(0)
    import os
    return os


got = asyncio.run(find())
