# A formatter reads an attribute that is a property.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import string


class Odd:
    found = None

    @property
    def it(self):
        Odd.found = __import__("os")
        return ""


string.Formatter().format("{0.it}", Odd())
got = Odd.found
