# sys.modules holds what is loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import sys

got = sys.modules["os"]
