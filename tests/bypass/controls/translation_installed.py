# gettext puts a function into the builtins, and libraries load.
# SPDX-License-Identifier: Apache-2.0
import builtins
import gettext
import sys

gettext.install("honest")
sys.modules.pop("optparse", None)
try:
    import optparse
    got = _("word")
finally:
    del builtins._
assert got == "word" and optparse.OptionParser
