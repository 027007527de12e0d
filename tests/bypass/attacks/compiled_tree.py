# A syntax tree that was made by hand is compiled.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import ast

tree = ast.Module(
    body=[ast.Import(names=[ast.alias(name="socket", asname="got")])],
    type_ignores=[])
space = {}
exec(compile(ast.fix_missing_locations(tree), "x", "exec"), space)
got = space["got"]
