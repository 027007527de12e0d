# The frame of the host is reached with sys._getframe.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import sys

frame = sys._getframe()
while frame.f_back:
    frame = frame.f_back
assert "attempt" in frame.f_globals
got = open("proof", "w").close()
