# A codec of the plugin's is registered and used.
# SPDX-License-Identifier: Apache-2.0
import codecs


def search(name):
    if name != "honest":
        return None
    import binascii
    return codecs.CodecInfo(
        lambda text, errors="strict": (binascii.hexlify(text.encode()),
                                       len(text)),
        lambda data, errors="strict": (binascii.unhexlify(data).decode(),
                                       len(data)), name="honest")


codecs.register(search)
got = "ab".encode("honest").decode("honest")
assert got == "ab" and "x".encode("cp1252") == b"x"
