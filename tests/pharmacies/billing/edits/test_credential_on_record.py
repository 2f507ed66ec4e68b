"""A claim without papers on record goes out, with the sentence; the table is in test_credential_in_force.py."""

import pytest

from carecoord.kernel.tenancy import context
from pharmacies.billing.actions import open_claim
from tests.factories.snapshots import snapshot_of

pytestmark = pytest.mark.django_db


def test_it_warns_and_does_not_hold(cast):
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot_of(cast.a, credentials=()), by=cast.alice)
        failed = claim.edit_results.get(passed=False)
        assert (claim.status, failed.edit, failed.severity) == ("submitted", "credential_on_record", "warn")
