# The plugin writes a policy over the one in force and has it read again.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import sys

import stockade

if stockade.current():
    with open(sys.argv[1], "w") as file:
        file.write("[stockade]\nversion = 1\ndefault = allow\n")
    stockade.current().reload()
import os as got
