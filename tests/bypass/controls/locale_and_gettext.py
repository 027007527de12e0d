# locale and gettext know languages.
# SPDX-License-Identifier: Apache-2.0
import gettext
import locale

locale.setlocale(locale.LC_ALL, "C")
assert locale.getlocale() is not None
got = gettext.translation("x", fallback=True).gettext("hello")
assert got == "hello"
