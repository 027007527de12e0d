# A function of the program imports what it is told.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys

main = sys.modules["__main__"]
exec("import os as got", main.__dict__)
got = main.got
