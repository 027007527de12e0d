# SPDX-License-Identifier: Apache-2.0
import charset_normalizer
import markupsafe

print(markupsafe.escape("<a>"), charset_normalizer.from_bytes(b"caf\xc3\xa9 au lait").best().encoding)
