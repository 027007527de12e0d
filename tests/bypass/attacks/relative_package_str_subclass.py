# The package of a relative import is a str subclass.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
class Package(str):
    def __str__(self):
        return "json"

    def rsplit(self, *args):
        return ["os"]

    def __format__(self, spec):
        return "os"


got = __import__("", {"__package__": Package("os")}, None, ("system",), 1)
