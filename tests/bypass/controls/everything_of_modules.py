# A star takes the names of allowed modules.
# SPDX-License-Identifier: Apache-2.0
from collections import *
from math import *
from json.decoder import *
from tempfile import *
got = floor(1.5), OrderedDict(a=1)["a"]
assert got == (1, 1) and JSONDecoder and NamedTemporaryFile
