# SPDX-License-Identifier: Apache-2.0
import dataclasses
import functools
import typing


@dataclasses.dataclass
class Item:
    name: "str"
    many: "typing.List[int]" = dataclasses.field(default_factory=list)

    def __post_init__(self):
        import colorsys

        self.name += colorsys.__name__


@functools.singledispatch
def show(x):
    return "object"


@show.register(int)
def _(x):
    return "int"


space = {}
exec("import wave\ndef late():\n    import quopri\n    return quopri.__name__", space)
print(Item("a"), show(1), typing.get_type_hints(Item), space["late"](), eval("__import__('wave')").__name__)
