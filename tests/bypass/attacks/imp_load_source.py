# The old imp loads a source file under another name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import warnings

warnings.simplefilter("ignore")
import imp

got = imp.load_source("harmless",
                      json.__file__.rsplit("/", 2)[0] + "/socket.py")
