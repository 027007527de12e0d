# asyncio serves and connects, with handlers and locks of its own.
# SPDX-License-Identifier: Apache-2.0
# does: network
import asyncio


async def main():
    async def answer(reader, writer):
        import string
        line = await reader.readline()
        writer.write(string.capwords(line.decode()).encode() + b"\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"a word\n")
    line = await reader.readline()
    writer.close()
    server.close()
    await server.wait_closed()
    lock = asyncio.Lock()
    async with lock:
        pass
    event = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, event.set)
    await asyncio.wait_for(event.wait(), 5)
    return line


got = asyncio.run(main())
assert got == b"A Word\n"
