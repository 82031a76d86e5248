import pytest

import harness


@pytest.fixture
def world():
    with harness.world() as made:
        yield made
