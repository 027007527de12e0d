# SPDX-License-Identifier: Apache-2.0
"""Each layer alone, around a bare process of an ordinary user."""

import pytest

import alone

pytestmark = pytest.mark.workers


@pytest.fixture(scope="module")
def found(build):
    return alone.stops()


@pytest.mark.parametrize("layer", alone.LAYERS)
def test_a_layer_alone_stops_what_is_written_down(found, layer):
    stops, present = found
    if layer not in present:
        pytest.skip("this machine does not have it")
    expected = alone.read()
    lost = [title for title, row in stops.items()
            if title in expected and expected[title][layer] and not row[layer]]
    assert lost == []


def test_the_filter_alone_stops_each_call(found):
    stops, _ = found
    assert [title for title, row in stops.items() if not row["seccomp"]] == []


def test_most_of_it_is_possible_for_a_bare_process(found):
    """Else nothing would be learnt here."""
    assert len(found[0]) > 80
