# A loop ends asynchronous generators, and hooks of others are there again.
# SPDX-License-Identifier: Apache-2.0
import asyncio
import functools
import sys

seen = []


async def count():
    import textwrap
    try:
        for number in range(3):
            yield number
            await asyncio.sleep(0)
    finally:
        seen.append(textwrap.dedent("closed"))


async def main():
    numbers = [number async for number in count()]
    generator = count()
    async for number in generator:
        break
    return numbers


def begun(word, generator):
    import difflib
    seen.append(word + type(generator).__name__[:5])


class Hooks:
    def ended(self, generator):
        import difflib
        seen.append("ended")


first, hooks = functools.partial(begun, "begun "), Hooks()
before = sys.get_asyncgen_hooks()
sys.set_asyncgen_hooks(first, finalizer=hooks.ended)
assert sys.get_asyncgen_hooks().firstiter is first
assert sys.get_asyncgen_hooks().finalizer == hooks.ended
assert type(sys.get_asyncgen_hooks()) is type(before)
seen.append(asyncio.run(main()))
assert sys.get_asyncgen_hooks().firstiter is first
assert sys.get_asyncgen_hooks() == (first, hooks.ended)
generator = count()
try:
    generator.__anext__().send(None)
except StopIteration:
    pass
del generator
sys.set_asyncgen_hooks(*before)
assert sys.get_asyncgen_hooks() == before
for odd in ((1,), (None, 1), (None, None, None)):
    try:
        sys.set_asyncgen_hooks(*odd)
    except TypeError as error:
        seen.append(str(error))
got = seen
assert got[:5] == ["closed", "closed", [0, 1, 2], "begun async", "ended"], got
