"""What is frozen comes back as it was."""

import json
from datetime import date
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pharmacies.billing.snapshot import (
    ClaimSnapshot,
    CoverageFacts,
    Documentation,
    PatientFacts,
    PharmacyFacts,
    Rendering,
    VaccineFacts,
)
from tests.factories.snapshots import snapshot_of

words, maybe_day = st.text(max_size=20), st.none() | st.dates()
snapshots = st.builds(
    ClaimSnapshot,
    encounter_ref=st.uuids(),
    payer_id=st.integers(1),
    patient=st.builds(PatientFacts, ref=st.uuids(), name=words, born_on=maybe_day, sex=words, member_id=words),
    coverage=st.none() | st.builds(CoverageFacts, plan=words, starts_on=st.dates(), ends_on=maybe_day),
    pharmacy=st.builds(PharmacyFacts, id=st.integers(1), npi=words, name=words),
    rendering=st.builds(Rendering, name=words, role=words),
    protocol=words,
    service_on=st.dates(),
    documentation=st.builds(
        Documentation,
        completed=st.booleans(),
        missing=st.lists(words).map(tuple),
        minutes=st.none() | st.integers(0, 600),
        vaccine=st.none() | st.builds(VaccineFacts, cvx=words, lot=words, expires_on=maybe_day, vis_on=maybe_day),
    ),
    lines=st.lists(st.tuples(st.text(min_size=1, max_size=20), st.integers(1, 999)), min_size=1).map(tuple),
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])  # slow to draw, not to test
@given(snapshots)
def test_json_and_back_is_the_same_snapshot(snapshot):
    assert ClaimSnapshot.from_json(json.loads(json.dumps(snapshot.to_json()))) == snapshot


@pytest.mark.parametrize("line", [None, ("", 1), ("99606", 0), ("99606", -1), ("9" * 21, 1), ("99606", 1000)])
def test_a_claim_without_proper_lines_is_refused(line):
    with pytest.raises(ValueError, match="line"):
        snapshot_of(lines=(line,) if line else ())


def test_a_snapshot_cannot_be_changed():
    snapshot = snapshot_of()
    with pytest.raises(AttributeError):
        snapshot.service_on = date(2026, 1, 1)
    assert isinstance(snapshot.encounter_ref, UUID)
