# pydoc imports a file by its path.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import pydoc

got = pydoc.importfile(json.__file__.rsplit("/", 2)[0] + "/socket.py")
