"""Claims of Blue Button through the feed: the diagnoses that count are those that hccinfhir finds in the same file."""

import json
from collections import defaultdict
from dataclasses import replace
from datetime import date

import pytest
from hccinfhir.extractor import extract_sld_list
from hccinfhir.filter import apply_filter

from carecoord.kernel.tenancy import context
from patients.claims.models import Diagnosis
from patients.models import Member
from patients.risk.hcc import claims, library
from patients.risk.hcc.years import YEARS
from tests.patients.claims import feeds
from tests.patients.claims.conftest import leave_it
from tests.patients.claims.feeds import new_payer
from tests.patients.claims.formats.fhir import PERSON, changed, ndjson

pytestmark = [pytest.mark.django_db, pytest.mark.shared_data]


def theirs(eobs, year):
    """patient -> diagnoses that count, of claims that ended in the year, by the library's own reader and filter."""
    found = defaultdict(set)
    of_year = [one for one in eobs if one["billablePeriod"]["end"][:4] == str(year)]
    for line in apply_filter(extract_sld_list(of_year), professional_cpt=library.services(YEARS[2027].services)):
        found[line.patient_id] |= {code.replace(".", "") for code in line.claim_diagnosis_codes}
    return {one: codes for one, codes in found.items() if codes}


def test_200_claims_of_blue_button(as_owner, monkeypatch, settings, tmp_path, shared_data):
    settings.DELIVERIES = tmp_path
    monkeypatch.setitem(feeds.jobs._handlers, "patients.touched", f"{leave_it.__module__}.leave_it")
    told = (shared_data / "fhir" / "hccinfhir_sample_eob_200.ndjson").read_bytes()
    eobs = [json.loads(line) for line in told.splitlines()]
    refs = sorted({one["patient"]["reference"].split("/")[-1] for one in eobs})
    payer = new_payer()
    feeds.load(
        payer,
        ndjson(*(changed(PERSON, id=ref, identifier=None, name=None) for ref in refs)),
        name="p.ndjson",
        format="fhir_eob",
    )
    feeds.load(payer, told, name="e.ndjson", format="fhir_eob")
    with as_owner():
        assert Diagnosis.objects.filter(payer=payer).exists()
    compared = 0
    with context.acting_as(context.worker_for(payer.pk)):
        people = dict(Member.objects.filter(payer=payer).values_list("patient_id", "member_id"))
        for year in range(2016, 2022):
            about = replace(YEARS[2027], year=year + 1)
            found = claims.risk_adjustable(payer=payer, patient_ids=list(people), year=about, as_of=date(2026, 1, 1))
            ours = {people[one]: set(seen.codes) for one, seen in found.items() if seen.codes}
            assert ours == theirs(eobs, year), year
            compared += sum(map(len, ours.values()))
    assert compared == 20
