# sysconfig looks up data by the name of a platform of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import sysconfig
import tempfile

folder = tempfile.mkdtemp()
sys.path.insert(0, folder)
flags, sys.abiflags = sys.abiflags, "evil"
try:
    name = sysconfig._get_sysconfigdata_name()
    with open("%s/%s.py" % (folder, name), "w") as file:
        file.write("import os as got\nbuild_time_vars = {}\n")
    sysconfig._init_posix({})
finally:
    sys.abiflags = flags
got = sys.modules[name].got
