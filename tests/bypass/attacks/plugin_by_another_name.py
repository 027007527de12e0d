# The plugin imports its own file under another name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import shutil
import sys
import tempfile

if __name__ == "plugin":
    folder = tempfile.mkdtemp()
    shutil.copy(__file__, folder + "/harmless_again.py")
    sys.path.insert(0, folder)
    import harmless_again
    got = harmless_again.got
else:
    import os as got
