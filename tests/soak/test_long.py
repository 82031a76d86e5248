"""The long versions (`make soak`), some 12 minutes; the short ones are in tests/e2e/test_soak.py."""
import away
import bad_input
import expiry
import renewal
import rotation
import storm

from test_agent import mesh  # noqa: F401 (a fixture)


def test_certificates_change_under_load(world):
    renewal.certificates_change_under_load(world, 120)


def test_roots_are_replaced_under_load(world):
    rotation.roots_are_replaced_under_load(world, 120)


def test_all_goes_on_without_a_control_plane(world):
    away.all_goes_on_without_a_control_plane(world, 60)


def test_expired_certificates_are_refused(world):
    expiry.expired_certificates_are_refused(world, 30)


def test_edits_of_policies_fail_no_request(world):
    storm.edits_fail_no_request(world, 100, 2)


def test_a_denial_holds(world):
    storm.a_denial_holds(world, 200)


def test_bad_input_is_refused_and_forgotten(mesh):  # noqa: F811
    bad_input.is_refused_and_forgotten(mesh, 8, half=400, wait_for_the_end=True)


def test_strangers_fill_no_memory(world):
    bad_input.strangers_fill_no_memory(world, 20)
