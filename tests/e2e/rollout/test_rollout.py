"""A configuration change never breaks a request: every row of rows.py under load, over both protocols.

Every request of a row must be answered 200 by a version that the row allows; once `amime wait` says that the change is in
force, only by the new one. `make bench-rollout` plays the same rows many times and prints a table."""
import contextlib
import os

import pytest
from harness import eventually

from rows import ROWS
from shop import Shop

REPETITIONS = int(os.environ.get("AMIME_ROLLOUT_REPS", "2"))


@pytest.fixture
def shop(world, delta):
    made = Shop(world, delta)
    yield made
    made.close()


def play(shop, row, more=60):
    """The loads, after the row's change was made under all of them, and `more` requests through each once it is in force: what
    a load calls wrong from then on stands in wrong[in_force:]."""
    with contextlib.ExitStack() as running:
        loads = shop.running = [running.enter_context(load) for load in row.loads(shop)]
        eventually(lambda: min(load.sent for load in loads) > 20, "traffic flows")
        outcome = row.change(shop)
        expected, also = outcome if isinstance(outcome, tuple) else (outcome, lambda: True)
        shop.wait_in_force(*row.objects)
        eventually(also, "what else is true once the change is in force")
        for load in loads:
            load.from_now({expected})
        before = {load: load.sent for load in loads}
        eventually(lambda: all(load.sent - before[load] > more for load in loads), "traffic goes on", 20)
    return loads


@pytest.mark.parametrize("repetition", range(REPETITIONS))
@pytest.mark.parametrize("delta", [True, False], ids=["delta", "sotw"])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.change.__name__)
def test_a_change_fails_no_request(shop, row, repetition):
    loads = play(shop.up(), row)
    for load in loads:
        assert load.wrong == [], f"{load.name}: of {load.sent}, pauses {shop.pauses}: {shop.world.serve.log()[-2500:]}"
    assert sum(load.sent for load in loads) >= 1000
