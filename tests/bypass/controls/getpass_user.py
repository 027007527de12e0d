# getpass tells who is logged in.
# SPDX-License-Identifier: Apache-2.0
import getpass

got = getpass.getuser()
assert got
