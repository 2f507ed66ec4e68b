"""The warning goes out with the claim; the tables of both filing edits are in test_timely_filing.py."""

from datetime import timedelta

import pytest
from django.utils import timezone

from carecoord.kernel.parameters.models import ParameterValue
from carecoord.kernel.tenancy import context
from pharmacies.billing.actions import open_claim
from tests.factories.cast import LONG_AGO
from tests.factories.snapshots import snapshot_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("days, status, said", [(30, "submitted", "filing_soon_over"), (20, "held", "timely_filing")])
def test_the_payers_days_are_those_in_force_on_the_day_of_service(cast, as_owner, days, status, said):
    with as_owner():
        ParameterValue.objects.create(code="billing.timely_filing_days", value=days, since=LONG_AGO, reason="Test")
    served = timezone.localdate() - timedelta(days=25)
    with context.acting_as(cast.alice.scope):
        claim = open_claim(snapshot=snapshot_of(cast.a, service_on=served), by=cast.alice)
        assert (claim.status, claim.edit_results.get(passed=False).edit) == (status, said)
