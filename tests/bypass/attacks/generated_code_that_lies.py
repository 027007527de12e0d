# Code that dataclasses executes is taken for what dataclasses wrote.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import dataclasses
import functools

box = []
text = "import os\nbox.append(os)\nopen_it = lambda: None\n"


class Text(str):
    pass


@dataclasses.dataclass
class Point:
    x: int = 1


space = {"box": box, "__builtins__": __builtins__}


class Keys(list):
    pass


run = functools.partial(exec, text, space)


class Factory:
    __new__ = staticmethod(lambda cls, pairs: run())


dataclasses.asdict(Point(), dict_factory=Factory)
got = box
