# The letters of the name are full width: the parser makes them narrow.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import ｏｓ as got
