# The denied name stands among allowed ones.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import json, os as got, sys
