# The C module below a denied one is asked for instead.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import posix as got
