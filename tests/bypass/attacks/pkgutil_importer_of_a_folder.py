# pkgutil gives a finder for the folder of the standard library.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import pkgutil

finder = pkgutil.get_importer(json.__file__.rsplit("/", 2)[0])
spec = finder.find_spec("subprocess")
import importlib.util
got = importlib.util.module_from_spec(spec)
spec.loader.exec_module(got)
