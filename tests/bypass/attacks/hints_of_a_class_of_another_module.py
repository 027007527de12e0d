# typing evaluates where a class says that it was made.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import typing


class Claims:
    __module__ = "os"
    __annotations__ = {"a": "system"}


got = typing.get_type_hints(Claims)["a"]
