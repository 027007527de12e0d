# SPDX-License-Identifier: Apache-2.0
import asyncio
import concurrent.futures

import work


async def main():
    loop = asyncio.get_running_loop()
    print(await loop.run_in_executor(None, work.root, 4))
    print(await asyncio.gather(*(asyncio.sleep(0, x) for x in range(3))))


if __name__ == "__main__":
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        print(list(pool.map(work.root, [1, 4])))
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print(list(pool.map(work.root, [1, 4])))
    asyncio.run(main())
