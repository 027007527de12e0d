# Codecs are found by their many names.
# SPDX-License-Identifier: Apache-2.0
import codecs
import encodings

for name in ("latin-1", "UTF_16", "cp1252", "rot13", "punycode", "base64"):
    codecs.lookup(name)
try:
    codecs.lookup("there_is_no_such_codec")
except LookupError:
    pass
got = codecs.encode("abc", "rot13")
assert got == "nop" and encodings.normalize_encoding("a b") == "a_b"
