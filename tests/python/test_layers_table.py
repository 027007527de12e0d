# SPDX-License-Identifier: Apache-2.0
"""The table in SECURITY.md of what each layer around a worker stops alone is
the one that tests/unit/sandbox/test_matrix.c tries."""

import subprocess

import pytest

BEGIN = "<!-- begin: test_sandbox_matrix --table -->\n"
END = "<!-- end -->"


def test_the_page_has_what_is_tried(root, build):
    program = build / "tests/unit/sandbox/test_sandbox_matrix"
    if not program.exists():
        pytest.skip("a build without the unit programs")
    table = subprocess.run([str(program), "--table"], stdout=subprocess.PIPE,
                           universal_newlines=True, check=True).stdout
    page = (root / "SECURITY.md").read_text()
    assert page.partition(BEGIN)[2].partition(END)[0] == table
