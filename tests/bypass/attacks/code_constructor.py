# A code object is made out of the parts of another one.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json
import marshal
import types


def find():
    import os
    return os


code = marshal.loads(marshal.dumps(find.__code__))
got = types.FunctionType(code, json.__dict__)()
