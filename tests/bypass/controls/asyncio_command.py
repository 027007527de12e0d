# asyncio runs a command for the plugin.
# SPDX-License-Identifier: Apache-2.0
# does: process
import asyncio


async def run():
    process = await asyncio.create_subprocess_exec(
        "true", stdout=asyncio.subprocess.PIPE)
    return await process.wait()


got = asyncio.run(run())
assert got == 0
