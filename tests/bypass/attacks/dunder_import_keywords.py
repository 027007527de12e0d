# __import__ is called with keywords.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
got = __import__(name="socket", level=0)
