# A path is compared while a library imports a submodule, by what imports the package for us.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import operator
import sys
import sysconfig
import uuid

place = sysconfig.get_path("stdlib") + "/ctypes"
hands = []


class Key(str):
    # functions in C all of them, so that no frame of ours is there
    __eq__ = functools.partial(min, functools.partial(hands.extend, map(__import__, ["ctypes"])),
                               bool, key=operator.methodcaller("__call__"))
    __hash__ = str.__hash__


def look():
    """Has uuid import ctypes and then ctypes.util, as it did up to Python 3.8."""
    uuid._uuid = None
    uuid._has_uuid_generate_time_safe = None
    try:
        uuid._load_system_functions()
    except (ImportError, TypeError):
        pass


look()
sys.modules.pop("ctypes.util", None)
sys.path_importer_cache.pop(place, None)
sys.path_importer_cache[Key(place)] = None
look()
got = hands[0] if hands else None
