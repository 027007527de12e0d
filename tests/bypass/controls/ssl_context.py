# ssl makes a context.
# SPDX-License-Identifier: Apache-2.0
import ssl

got = ssl.create_default_context().verify_mode.name
assert got == "CERT_REQUIRED"
