# inspect evaluates the annotations of a signature.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import inspect

found = []


def take(thing: "found.append(__import__('os'))"):
    return thing


inspect.signature(take, eval_str=True)
got = found
