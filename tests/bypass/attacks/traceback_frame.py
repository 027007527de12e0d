# A traceback leads to frames, too.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
try:
    1 / 0
except ZeroDivisionError as error:
    frame = error.__traceback__.tb_frame
while frame.f_back:
    frame = frame.f_back
got = frame.f_globals["sys"].modules["os"]
