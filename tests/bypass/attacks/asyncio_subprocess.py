# asyncio runs commands for everybody.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import asyncio
import types


def system(command):
    async def run():
        process = await asyncio.create_subprocess_shell(command)
        return await process.wait() << 8
    return asyncio.run(run())


got = types.SimpleNamespace(system=system)
