# An allowed submodule of the standard library has the denied one as a global.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
from concurrent.futures import process
got = process.os
