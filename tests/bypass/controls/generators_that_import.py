# Generators and coroutines import when they are resumed.
# SPDX-License-Identifier: Apache-2.0
import asyncio


def numbers():
    import fractions
    yield fractions.Fraction(1, 2)
    from statistics import mean
    yield mean([1, 2])


async def ticks():
    import colorsys
    yield colorsys.__name__
    await asyncio.sleep(0)
    import wave
    yield wave.__name__


async def collect():
    return [name async for name in ticks()]


got = [float(value) for value in numbers()] + asyncio.run(collect())
assert got == [0.5, 1.5, "colorsys", "wave"]
