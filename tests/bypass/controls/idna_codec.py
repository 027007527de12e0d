# A codec is loaded when it is first used.
# SPDX-License-Identifier: Apache-2.0
got = "x.ex\u00e4mple".encode("idna")
assert got == b"x.xn--exmple-cua"
