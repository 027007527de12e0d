# A loader made by hand loads the file of a denied module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import warnings
from importlib.machinery import SourceFileLoader

warnings.simplefilter("ignore")
library = json.__file__.rsplit("/", 2)[0]
got = SourceFileLoader("harmless", library + "/socket.py").load_module(
    "harmless")
