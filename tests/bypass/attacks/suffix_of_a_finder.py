# A finder for files ends names as it is told, and finds a denied one.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import sys
from importlib.machinery import FileFinder, SourceFileLoader

folder = json.__file__.rsplit("/", 2)[0]
sys.path_importer_cache["/nowhere"] = FileFinder(
    folder, (SourceFileLoader, ["process.py"]))
sys.path.append("/nowhere")
import sub as got
