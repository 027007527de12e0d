# platform names the machine.
# SPDX-License-Identifier: Apache-2.0
import platform

got = platform.platform()
assert got
