# A function's code says that it is of json.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json


def find():
    import os
    return os


find.__code__ = find.__code__.replace(co_filename=json.__file__,
                                      co_name="loads")
got = find()
