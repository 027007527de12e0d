# A submodule that is an alias leads back to its parent.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import os.path as below
got = below.os if hasattr(below, "os") else below
