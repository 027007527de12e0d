# The plugin is loaded a second time by itself.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib.util

spec = importlib.util.spec_from_file_location("again", __file__)
if __name__ == "plugin":
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    got = module.got
else:
    import os as got
