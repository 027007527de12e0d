# typing evaluates an annotation.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import typing

found = []


def function(a: "found.append(__import__('os')) or int"):
    pass


typing.get_type_hints(function)
got = found[0]
