# A denied module is compiled to a file of another name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import py_compile
import sys
import tempfile

library = json.__file__.rsplit("/", 2)[0]
folder = tempfile.mkdtemp()
py_compile.compile(library + "/subprocess.py", folder + "/harmless_copy.pyc")
sys.path.insert(0, folder)
import harmless_copy as got
