# mimetypes guesses from a name.
# SPDX-License-Identifier: Apache-2.0
import mimetypes

got = mimetypes.guess_type("a.txt")
assert got == ("text/plain", None)
