# Names are longer than anybody reads.
# SPDX-License-Identifier: Apache-2.0
for name in ("a" * 5000000, "a." * 500000, "\udc80" * 500000, "\0" * 500000):
    try:
        __import__(name)
    except Exception:
        pass
got = 1
