import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e"), str(HERE.parent / "e2e" / "rollout")]
import harness  # noqa: E402


@pytest.fixture
def world():
    with harness.world() as made:
        yield made
