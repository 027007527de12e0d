# runpy runs the plugin's own file as __main__.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import runpy

if __name__ == "plugin":
    got = runpy.run_path(__file__, run_name="__main__")["got"]
else:
    import os as got
