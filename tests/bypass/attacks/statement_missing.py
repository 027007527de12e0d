# An import statement asks for a module that is not loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import socket as got
