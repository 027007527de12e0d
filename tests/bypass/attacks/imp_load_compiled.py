# The old imp loads a compiled file.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.util
import json
import warnings

warnings.simplefilter("ignore")
import imp

source = json.__file__.rsplit("/", 2)[0] + "/socket.py"
got = imp.load_compiled("harmless",
                        importlib.util.cache_from_source(source))
