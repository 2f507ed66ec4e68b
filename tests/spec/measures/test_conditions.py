"""Which claims show which condition, as of 30 June 2025. A claim is: setting, day, code."""

from datetime import date

import pytest

from patients.measures.conditions.find import find
from tests.oracles import history as facts
from tests.oracles.history import Claim, Fill, History, Span
from tests.patients.measures.conftest import cursor  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
AS_OF = date(2025, 6, 30)
FILLS = {"suboxone": "buprenorphine/naloxone", "naltrexone": "naltrexone", "insulin": "insulin_glargine"}
FILLS |= {"glipizide": "glipizide", "metformin": "metformin"}
SERVICES = {"H0020", "99406", "99283", "REV0450", "HZ81ZZZ", "HZ2ZZZZ", "DRG974"}


def member(text):
    """'carrier 2025-01-10 I10, pharmacy 2025-02-01 suboxone, service 2025-02-01 H0020' as a history."""
    one = History()
    for place, part in enumerate(filter(None, text.split(", "))):
        kind, day, code = part.split()
        setting, _, of_claim = kind.partition("/")
        event = 1000 + (int(of_claim) if of_claim else 100 + place)
        on = date.fromisoformat(day)
        if setting == "pharmacy":
            one.fills.append(Fill(on, 30, FILLS[code]))
        elif code in SERVICES:
            one.services.append(Claim(on, code, setting, event))
        else:
            one.diagnoses.append(Claim(on, code, setting, event))
    return one


def shown(cursor, text, *codes, as_of=AS_OF):  # noqa: F811
    facts.write(cursor, {1: text if isinstance(text, History) else member(text)})
    return {one.condition: one for one in find(cursor, conditions=codes or None, as_of=as_of, payer_id=facts.PAYER)}


RULES = """
    hypertension             inpatient 2025-01-10 I10                                     yes
    hypertension             snf 2025-01-10 I10                                           yes
    hypertension             carrier 2025-01-10 I10                                       no
    hypertension             carrier 2025-01-10 I10, outpatient 2025-01-10 I10            no
    hypertension             carrier 2025-01-10 I10, outpatient 2025-01-11 I10            yes
    hypertension             carrier 2024-06-30 I10, carrier 2025-01-10 I10               no
    hypertension             carrier 2024-07-01 I10, carrier 2025-01-10 I10               yes
    hypertension             dme 2025-01-10 I10, dme 2025-02-10 I10                       no
    hyperlipidemia           carrier 2023-07-01 E785, carrier 2025-01-10 E785             yes
    atrial_fibrillation      carrier 2024-02-01 I4891, carrier 2025-01-10 I4892           yes
    diabetes                 carrier 2023-07-01 E119, carrier 2025-01-10 E1165            yes
    diabetes                 carrier 2023-06-30 E119, carrier 2025-01-10 E1165            no
    acute_myocardial_infarction  outpatient 2025-01-10 I219, outpatient 2025-02-10 I219   no
    acute_myocardial_infarction  inpatient 2025-01-10 I219                                yes
    cataract                 inpatient 2025-01-10 H2511                                   no
    cataract                 carrier 2025-01-10 H2511                                     yes
    breast_cancer            hha 2025-01-10 C50911                                        no
    breast_cancer            snf 2025-01-10 C50911                                        yes
    depression               snf 2025-01-10 F329                                          no
    depression               snf 2025-01-10 F329, carrier 2025-01-12 F329                 yes
    mood_disorders           snf 2025-01-10 F329                                          yes
    sickle_cell_disease      inpatient 2025-01-10 D5700                                   no
    sickle_cell_disease      carrier 2024-01-10 D5700, carrier 2024-02-10 D571            no
    sickle_cell_disease      carrier 2024-01-10 D5700, carrier 2024-02-10 D571, carrier 2024-03-10 D571  yes
    tobacco_use              carrier 2025-01-10 F17210                                    no
    tobacco_use              carrier 2025-01-10 99406                                     yes
    alcohol_use              inpatient 2025-01-10 HZ2ZZZZ                                 yes
    obesity                  carrier 2025-01-10 E66812, carrier 2025-03-10 Z6841          yes
    hiv                      carrier 2025-01-10 R75, carrier 2025-02-10 R75               no
    hiv                      inpatient 2025-01-10 R75                                     no
    hiv                      inpatient 2025-01-10 R75, carrier 2025-02-10 B20             yes
    hiv                      carrier 2025-01-10 B20                                       no
    hiv                      inpatient 2025-01-10 DRG974                                  yes
    stroke                   outpatient 2025-01-10 I639                                   yes
    stroke                   outpatient/1 2025-01-10 I639, outpatient/1 2025-01-10 S065X0A   no
    stroke                   outpatient/1 2025-01-10 I639, outpatient/2 2025-01-10 S065X0A   yes
    prostatic_hyperplasia    hha/1 2025-01-10 N401, hha/1 2025-01-10 D291                 no
    oud_diagnosis            inpatient 2025-01-10 F1120                                   yes
    oud_diagnosis            carrier 2025-01-10 F1120                                     no
    oud_diagnosis            carrier 2025-01-10 F1120, hospice 2025-01-11 HZ81ZZZ         yes
    oud_hospital             outpatient 2025-01-10 F1120                                  no
    oud_hospital             outpatient 2025-01-10 F1120, outpatient 2025-01-10 REV0450   yes
    oud_hospital             outpatient 2025-01-10 F1120, outpatient 2025-01-12 REV0450   no
    oud_medication           pharmacy 2025-01-10 suboxone                                 yes
    oud_medication           carrier 2025-01-10 H0020                                     yes
    oud_medication           pharmacy 2025-01-10 naltrexone                               yes
    opioid_use_disorder      carrier 2025-01-10 F1120                                     no
    opioid_use_disorder      carrier 2025-01-10 F1120, carrier 2025-01-10 99283           yes
    opioid_use_disorder      pharmacy 2023-06-30 suboxone                                 no
    opioid_use_disorder      pharmacy 2025-01-10 naltrexone                               yes
    opioid_use_disorder      pharmacy 2025-01-10 naltrexone, inpatient 2025-01-01 F1020   no
    opioid_use_disorder      pharmacy 2025-01-10 naltrexone, inpatient 2025-01-01 F1420   no
    opioid_use_disorder      pharmacy 2025-01-10 naltrexone, inpatient 2025-01-01 F1020, inpatient 2025-01-01 F1120  yes
    opioid_use_disorder      pharmacy 2025-01-10 naltrexone, inpatient 2025-01-01 F1020, pharmacy 2025-02-01 suboxone  yes
    esrd                     carrier 2025-01-10 N186                                      no
    esrd                     carrier 2025-01-10 N186, carrier 2025-02-10 Z992             yes
"""  # noqa: E501
CASES = [line.split(None, 1)[:1] + line.split(None, 1)[1].rsplit(None, 1) for line in RULES.strip().splitlines()]


@pytest.mark.parametrize(("code", "claims", "expected"), CASES)
def test_a_rule(cursor, code, claims, expected):  # noqa: F811
    assert ("yes" if code in shown(cursor, claims.strip(), code) else "no") == expected


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ("inpatient 2025-01-10 E109, pharmacy 2025-02-01 insulin", "type_1"),
        ("inpatient 2025-01-10 E109, pharmacy 2025-02-01 insulin, pharmacy 2025-02-01 metformin", "type_1"),
        ("inpatient 2025-01-10 E109, pharmacy 2025-02-01 insulin, pharmacy 2025-02-01 glipizide", "type_2"),
        ("inpatient 2025-01-10 E109", "type_unsettled"),
        ("inpatient 2025-01-10 E109, pharmacy 2023-02-01 insulin", "type_unsettled"),
        ("inpatient 2025-01-10 E119, pharmacy 2025-02-01 insulin", "type_2"),
        ("inpatient 2025-01-10 E109, carrier 2025-02-10 E119, pharmacy 2025-02-01 insulin", "type_2"),
        (
            "inpatient 2025-01-10 E109, carrier 2025-02-10 E1065, carrier 2025-03-10 E119, pharmacy 2025-02-01 insulin",
            "type_1",
        ),
        ("inpatient 2025-01-10 E0800", "other_type"),
    ],
)
def test_the_type_of_diabetes(cursor, claims, expected):  # noqa: F811
    assert shown(cursor, claims, "diabetes")["diabetes"].detail == expected


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ("inpatient 2025-01-10 N1832", "stage_3b"),
        ("carrier 2024-01-10 N184, carrier 2025-01-10 N1831", "stage_3a"),
        ("carrier 2024-01-10 N184, carrier 2025-01-10 N189", "stage_4"),
        ("carrier 2025-01-10 N1830, carrier 2025-01-10 N1832, carrier 2025-01-11 I129", "stage_3b"),
        ("inpatient 2025-01-10 N186", "esrd"),
        ("inpatient 2025-01-10 I129", ""),
    ],
)
def test_the_stage_of_kidney_disease(cursor, claims, expected):  # noqa: F811
    assert shown(cursor, claims, "chronic_kidney_disease")["chronic_kidney_disease"].detail == expected


def test_entitlement_by_esrd_shows_it_while_it_lasts(cursor):  # noqa: F811
    entitled = History(spans=[Span(date(2015, 1, 1), date(2023, 6, 30), esrd=True), Span(date(2023, 7, 1))])
    assert shown(cursor, entitled, "esrd") == {}
    entitled.spans[0].ends = date(2023, 7, 1)
    assert shown(cursor, entitled, "esrd")["esrd"].evidence[0].setting == "coverage"


def test_the_first_day_ever_looks_back_from_that_day(cursor):  # noqa: F811
    claims = "carrier 2017-01-01 I10, carrier 2019-03-01 I10, carrier 2019-09-01 I10, inpatient 2025-05-01 I10"
    one = shown(cursor, claims, "hypertension")["hypertension"]
    days = [facts.EPOCH.fromordinal(facts.EPOCH.toordinal() + n) for n in (one.first_ever_day, one.first_met_day)]
    assert days == [date(2019, 9, 1), date(2025, 5, 1)]


def test_a_leap_year_is_a_year(cursor):  # noqa: F811
    """1 January to 31 December 2024 is one calendar year of 366 days."""
    claims = "carrier 2024-01-01 I10, carrier 2024-12-31 I10"
    assert "hypertension" in shown(cursor, claims, "hypertension", as_of=date(2024, 12, 31))
    assert shown(cursor, claims, "hypertension", as_of=date(2025, 1, 1)) == {}
