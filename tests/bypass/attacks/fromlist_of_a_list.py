# The fromlist is a list that grows while it is read.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
class Name(str):
    def __eq__(self, other):
        names.append("system")
        return str.__eq__(self, other)

    __hash__ = str.__hash__


names = [Name("path")]
got = __import__("os", {}, {}, names, 0)
