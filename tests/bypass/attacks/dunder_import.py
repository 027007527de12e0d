# __import__ is called as a function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
got = __import__("os")
