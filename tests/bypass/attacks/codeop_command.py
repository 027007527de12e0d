# codeop compiles a line and the plugin executes it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import codeop

space = {}
exec(codeop.compile_command("import os as got"), space)
got = space["got"]
