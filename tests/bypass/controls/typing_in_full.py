# typing resolves references, generics and protocols.
# SPDX-License-Identifier: Apache-2.0
import typing


class Node(typing.NamedTuple):
    name: str
    parent: "typing.Optional[Node]" = None


T = typing.TypeVar("T")


class Box(typing.Generic[T]):
    held: "typing.List[T]"

    def take(self) -> "T":
        return self.held[0]


class Closer(typing.Protocol):
    def close(self) -> None: ...


class Movie(typing.TypedDict):
    title: "str"


UserId = typing.NewType("UserId", int)
hints = typing.get_type_hints(Node)
assert hints["parent"] == typing.Optional[Node]
assert typing.get_type_hints(Movie) == {"title": str}
assert typing.get_type_hints(Box.take)["return"] is T
got = UserId(5)
assert Box[int].__args__ == (int,)
