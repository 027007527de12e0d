# Search functions and handlers of every kind are registered and taken back.
# SPDX-License-Identifier: Apache-2.0
import codecs
import functools
import pickle

rot = codecs.lookup("rot13")


class Library:
    def search(self, name):
        import stringprep
        return rot if name == "turned" and stringprep else None


def find(wanted, name):
    import stringprep
    return rot if name == wanted and stringprep else None


def replace(before, error):
    import difflib
    return before + difflib.SequenceMatcher.__name__[:1], error.end


library = Library()
bare = functools.partial(find, "spun")
assert codecs.register(library.search) is None
codecs.register(bare)
found = [codecs.encode("abc", "turned"), codecs.encode("abc", "spun")]
handler = functools.partial(replace, "?")
codecs.register_error("marked", handler)
assert codecs.lookup_error("marked") is handler
codecs.register_error("again", codecs.lookup_error("marked"))
assert codecs.lookup_error("again") is handler
found.append("\xe9".encode("ascii", "again"))
if hasattr(codecs, "unregister"):
    codecs.unregister(bare)
    codecs.unregister(bare)
    try:
        codecs.lookup("spun")
        found.append("still there")
    except LookupError:
        pass
assert pickle.loads(pickle.dumps(codecs.register)) is codecs.register
try:
    codecs.register(1)
except TypeError as error:
    found.append(str(error))
got = found
assert got == ["nop", "nop", b"?S", "argument must be callable"], got
