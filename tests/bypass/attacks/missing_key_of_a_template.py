# A template asks for a key that is missing.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import string

found = []


class Keys(dict):
    def __missing__(self, key):
        found.append(__import__(key))
        return ""


string.Template("$os").substitute(Keys())
got = found
