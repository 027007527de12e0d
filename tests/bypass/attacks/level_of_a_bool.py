# The level is False and the name is wide.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
got = __import__("os", level=False)
