# pdb steps through a function with commands out of a text.
# SPDX-License-Identifier: Apache-2.0
import io
import pdb


def function(x):
    y = x + 1
    return y


out = io.StringIO()
debugger = pdb.Pdb(stdin=io.StringIO("s\nn\nn\np y\nimport json\nw\nc\n"),
                   stdout=out, nosigint=True, readrc=False)
got = debugger.runcall(function, 3)
assert got == 4 and "y = x + 1" in out.getvalue()
