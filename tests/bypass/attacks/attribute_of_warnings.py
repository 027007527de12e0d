# The sys of warnings is the sys of everybody.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import warnings

got = warnings.sys.modules["os"]
