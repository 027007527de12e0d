# SPDX-License-Identifier: Apache-2.0
"""What honest programs do, under the policy that is learned from them."""

import pytest

from places import HERE, Place

SCRIPTS = sorted(
    path.name for path in (HERE / "projects" / "honest").glob("*.py")
    if path.stem not in ("work", "documented", "cases_to_find"))



@pytest.fixture
def place(venv, stockade, tmp_path):
    return Place(tmp_path, "honest", venv, stockade)


@pytest.mark.parametrize("script", SCRIPTS)
def test_an_honest_program_passes_under_what_is_learned(place, script):
    wanted = place.plain([script])
    taught = place.learn([script])
    assert (taught.code, taught.out) == (wanted.code, wanted.out)
    done = place.check()
    assert (done.returncode, done.stdout) == (0, "")
    assert "*" not in [rule for rules in place.sections.values() for rule in rules]
    assert place.guarded([script]) == wanted
    assert place.denied == []
    assert place.verify().returncode == 0
