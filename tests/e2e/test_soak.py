"""The proofs of tests/soak, a few seconds each; `make soak` has the long versions."""
import pathlib
import sys

import pytest

from test_agent import mesh  # noqa: F401 (a fixture)

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "soak"))
import away  # noqa: E402
import bad_input  # noqa: E402
import expiry  # noqa: E402
import job  # noqa: E402
import renewal  # noqa: E402
import rotation  # noqa: E402
import storm  # noqa: E402


def test_certificates_change_under_load(world):
    renewal.certificates_change_under_load(world, 11)


def test_roots_are_replaced_under_load(world):
    rotation.roots_are_replaced_under_load(world, 0)


def test_all_goes_on_without_a_control_plane(world):
    away.all_goes_on_without_a_control_plane(world, 5)


def test_expired_certificates_are_refused(world):
    expiry.expired_certificates_are_refused(world, 10)


@pytest.mark.parametrize("code", [0, 3])
def test_a_job_ends_with_its_own_code(mesh, code):  # noqa: F811
    job.a_job_ends_with_its_own_code(mesh, code)


def test_an_application_is_held_until_its_proxy_is_ready(mesh):  # noqa: F811
    job.an_application_is_held_until_its_proxy_is_ready(mesh)


def test_edits_of_policies_fail_no_request(world):
    storm.edits_fail_no_request(world, 8, 1)


def test_a_denial_holds(world):
    storm.a_denial_holds(world, 20)


def test_bad_input_is_refused_and_forgotten(mesh):  # noqa: F811
    bad_input.is_refused_and_forgotten(mesh, 2)


def test_strangers_fill_no_memory(world):
    bad_input.strangers_fill_no_memory(world, 4)
