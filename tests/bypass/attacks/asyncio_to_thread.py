# asyncio hands import_module to a thread.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import asyncio
import importlib


async def find():
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, importlib.import_module, "os")


got = asyncio.run(find())
