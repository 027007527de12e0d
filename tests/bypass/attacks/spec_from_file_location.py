# A file is loaded under a name of the plugin's choice.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.util
import json

library = json.__file__.rsplit("/", 2)[0]
spec = importlib.util.spec_from_file_location("harmless",
                                              library + "/subprocess.py")
got = importlib.util.module_from_spec(spec)
spec.loader.exec_module(got)
