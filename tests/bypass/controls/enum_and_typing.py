# enum and typing make classes.
# SPDX-License-Identifier: Apache-2.0
import enum
import typing


class Color(enum.Enum):
    RED = enum.auto()
    BLUE = enum.auto()


class Named(typing.NamedTuple):
    a: int
    b: "typing.Optional[str]" = None


Item = typing.TypeVar("Item")


class Box(typing.Generic[Item]):
    pass


assert typing.get_type_hints(Named)["b"] == typing.Optional[str]
got = (Color(2).name, Named(1), Box[int] is not None)
