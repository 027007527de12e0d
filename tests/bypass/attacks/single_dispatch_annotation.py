# singledispatch evaluates an annotation.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools

found = []


@functools.singledispatch
def function(thing):
    return thing


def take(thing: "found.append(__import__('os')) or int"):
    return thing


function.register(take)
got = found
