# SPDX-License-Identifier: Apache-2.0
import pytest


@pytest.fixture
def item(tmp_path):
    import json

    path = tmp_path / "item.json"
    path.write_text(json.dumps([1]))
    return path
