# SPDX-License-Identifier: Apache-2.0
import codecs
import io

for name in ["cp1252", "utf-16", "koi8-r", "idna", "punycode", "shift_jis", "rot13"]:
    if name == "rot13":
        print(codecs.encode("x", name))
    else:
        print("x".encode(name))
print(io.TextIOWrapper(io.BytesIO(b"x"), encoding="iso8859-15").read())
try:
    "x".encode("no-such-codec")
except LookupError as error:
    print(error)
