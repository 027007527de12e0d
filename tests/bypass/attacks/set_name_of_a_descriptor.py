# A descriptor imports when its class is made.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import abc


class Descriptor:
    def __set_name__(self, owner, name):
        owner.got = __import__(name)


class Owner(abc.ABC):
    os = Descriptor()


got = Owner.got
