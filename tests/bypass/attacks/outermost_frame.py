# The globals of the outermost frame are the program's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import sys

frame = sys._getframe()
while frame.f_back:
    frame = frame.f_back
got = frame.f_globals["sys"].modules["os"]
