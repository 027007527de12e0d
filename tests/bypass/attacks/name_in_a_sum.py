# The name is put together at run time.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
got = __import__("".join(map(chr, (111, 115))))
