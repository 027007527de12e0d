# A string is evaluated.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
got = eval('__import__("os")')
