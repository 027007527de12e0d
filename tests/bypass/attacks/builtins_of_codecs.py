# codecs imports builtins, and they hold __import__.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import codecs

got = codecs.builtins.__import__("os")
