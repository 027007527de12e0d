# The folder of a denied package stands on sys.path: __init__ is a module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import sys

sys.path.insert(0, json.__file__.rsplit("/", 2)[0] + "/ctypes")
import __init__ as got
