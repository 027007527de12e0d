# A metaclass imports while a class is made.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
class Meta(type):
    def __new__(cls, name, bases, space):
        space["found"] = __import__("os")
        return type.__new__(cls, name, bases, space)


class Made(metaclass=Meta):
    pass


got = Made.found
