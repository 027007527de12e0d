# importlib itself keeps posix as a global.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import importlib._bootstrap_external

got = importlib._bootstrap_external._os
