"""834 enrolment: who the members are, which coverages are spans, and what each maintenance type does to them."""

from datetime import date

import pytest

from patients.claims.formats import FeedRefused
from patients.claims.formats.reading.family import dependant_id
from patients.claims.records import NO_END, REFERENCE
from tests.pharmacies.billing.formats.judge import complaints

from .reading import DATA, faults, read
from .x12 import covered, enrolment, member

ENROLMENT = "x12_834"
FAMILY = (
    member(coverage=covered() + covered("PDG", "RX", ends="20261231") + covered("DEN")),
    member("N", name="ROE*LEO", born="20150611", sex="M", coverage=covered()),
    member("N", does="024", name="ROE*MIA", born="20150611", coverage=covered(starts="", ends="20260630", does="024")),
)
TOTALS = "QTY*TO*3\nQTY*ET*1\nQTY*DT*2\n"


def rows_of(*members, **options):
    _, good, bad = read(ENROLMENT, enrolment(*members, **options))
    assert not bad, faults(bad)
    return good


def spans(*members, **options):
    return [(row["plan"], row["starts_on"], row["ends_on"]) for row in rows_of(*members, **options)]


def faults_of(*members):
    return [(field, code) for _, field, code in faults(read(ENROLMENT, enrolment(*members))[2])]


def test_our_own_files_are_valid_for_an_outside_validator():
    assert complaints(enrolment(*FAMILY, head=TOTALS).decode()) == []


def test_a_subscriber():
    row = rows_of(member(coverage=covered(), ins="A:0**FT", more="REF*F6*1EG4TE5MK73\n"))[0]
    assert (row["number"], row["member_id"], row["person_id"], row["subscriber_id"]) == (8, "S1", "1EG4TE5MK73", "S1")
    assert (row["sex"], row["born_on"], row["died_on"]) == ("female", date(1960, 4, 2), None)
    assert (row["first_name"], row["last_name"], row["phone"]) == ("ANN", "ROE", "5555550100")
    assert (row["address"], row["city"], row["state"], row["zip"]) == ("2 ELM ROAD", "TOLEDO", "OH", "43604")
    assert (row["group_id"], row["group_name"], row["line_of_business"]) == ("G77", "ASH MILLS", "commercial")
    assert (row["medicare_status"], row["original_reason"]) == ("A", "0")
    assert (row["plan"], row["starts_on"], row["ends_on"]) == ("HLT SILVER", date(2026, 1, 1), None)


def test_medical_and_drug_coverages_are_spans_and_dental_is_none():
    assert spans(FAMILY[0]) == [
        ("HLT SILVER", date(2026, 1, 1), None),
        ("PDG RX", date(2026, 1, 1), date(2026, 12, 31)),
    ]


def test_a_plan_that_is_a_medicare_contract():
    row = rows_of(member(coverage=covered("HMO", "H1234-001")))[0]
    assert (row["plan"], row["contract"], row["pbp"], row["line_of_business"]) == (
        "H1234-001",
        "H1234",
        "001",
        "medicare",
    )


def test_who_has_only_dental_coverage_is_known_without_a_span():
    feed, good, _ = read(ENROLMENT, enrolment(member(coverage=covered("DEN"))))
    assert [(row["member_id"], row["starts_on"], row["ends_on"]) for row in good] == [("S1", None, None)]
    assert feed.notes == {"no_coverage": 1}


def test_twins_are_two_people_and_neither_is_the_subscriber():
    ids = {row["member_id"] for row in rows_of(*FAMILY)}
    assert ids == {"S1", *(dependant_id("S1", date(2015, 6, 11), name) for name in ("LEO", "MIA"))}
    assert len(ids) == 3


def test_a_members_own_id_goes_before_all_and_a_social_security_number_is_none():
    own = rows_of(
        member(own="ZZ*W1-02", coverage=covered()), member("N", own="ZZ*W1-03", name="ROE*LEO", coverage=covered())
    )
    assert [(row["member_id"], row["person_id"]) for row in own] == [("W1-02", "S1"), ("W1-03", "")]
    assert rows_of(member(own="34*123456789", coverage=covered()))[0]["member_id"] == "S1"


@pytest.mark.parametrize("name", ["ROE", "ROE*BABY BOY", "ROE*TWIN B"])
def test_a_dependant_without_id_and_name_is_nobody(name):
    assert faults_of(member("N", name=name, born="20260201", coverage=covered(starts="20260201"))) == [
        ("NM1 (IL)", "member_unclear")
    ]


def test_the_corrected_name_holds_and_not_the_one_that_was_wrong():
    wrong = "NM1*70*1*ROW*ANNE\nDMG*D8*19600401*M\n"
    text = member(coverage=wrong + covered()).replace("NM1*IL*1", "NM1*74*1")
    row = rows_of(text)[0]
    assert (row["last_name"], row["born_on"], row["sex"]) == ("ROE", date(1960, 4, 2), "female")


def test_other_insurers_providers_and_reports_are_left_out():
    more = (
        "LX*1\nNM1*P3*1*DOE*JO****XX*1679576722*25\nCOB*P*OTHER*1\nREF*6P*X\nDTP*344*D8*20260101\nDTP*349*D8*20260301\n"
    )
    report = "LS*2700\nLX*1\nN1*75*REGION\nREF*17*WEST\nDTP*007*D8*20260201\nDTP*349*D8*20260401\nLE*2700\n"
    assert spans(member(coverage=covered() + more + report)) == [("HLT SILVER", date(2026, 1, 1), None)]


FIRST, LAST, BEFORE = date(2026, 1, 1), date(2026, 6, 30), date(2025, 12, 31)
SPANS = {
    "021 begins": (covered(), FIRST, None),
    "021 begins and ends": (covered(ends="20260630"), FIRST, LAST),
    "021 with a year 9999": (covered(ends="99991231"), FIRST, None),
    "025 begins again": (covered(does="025"), FIRST, None),
    "030 tells what is": (covered(does="030", ends="20260630"), FIRST, LAST),
    "001 with its first day": (covered(does="001", ends="20260630"), FIRST, LAST),
    "024 with its first day": (covered(does="024", ends="20260630"), FIRST, LAST),
    "024 with an end alone": (covered(does="024", starts="", ends="20260630"), None, LAST),
    "024 with the day of the change": (covered(does="024", starts="") + "DTP*303*D8*20260630\n", None, LAST),
    "024 before it began": (covered(does="024", ends="20251001"), FIRST, BEFORE),
    "002 takes back": (covered(does="002"), FIRST, BEFORE),
}


@pytest.mark.parametrize("case", SPANS)
def test_maintenance_types(case):
    text, starts_on, ends_on = SPANS[case]
    assert spans(member(does="001", coverage=text)) == [("HLT SILVER", starts_on, ends_on)]


@pytest.mark.parametrize(
    ("member_does", "coverage_does", "ends", "expected"),
    [
        ("025", "025", "", [("HLT SILVER", None, NO_END)]),
        ("001", "025", "", [("HLT SILVER", None, NO_END)]),
        ("025", "001", "", [("HLT SILVER", None, NO_END)]),
        ("025", "", "", [("HLT SILVER", None, NO_END)]),
        ("025", "025", "20260630", [("HLT SILVER", None, LAST)]),
        ("025", "024", "20260630", [("HLT SILVER", None, LAST)]),
    ],
)
def test_a_coverage_that_is_reinstated_without_its_first_day_goes_on(member_does, coverage_does, ends, expected):
    assert spans(member(does=member_does, coverage=covered(does=coverage_does, starts="", ends=ends))) == expected


def test_an_addition_needs_its_first_day_whatever_the_member_does():
    _, good, bad = read(ENROLMENT, enrolment(member(does="025", coverage=covered(does="021", starts=""))))
    assert good == [] and faults(bad) == [(8, "DTP03 (348)", "missing")]


def test_a_change_without_a_first_day_tells_who_somebody_is():
    assert spans(member(does="001", coverage=covered(does="001", starts=""))) == [("", None, None)]


def test_the_members_own_days_stand_in_for_those_of_the_coverage():
    more = "DTP*356*D8*20260101\nDTP*357*D8*20260630\n"
    assert spans(member(more=more, coverage=covered(starts=""))) == [("HLT SILVER", FIRST, None)]
    assert spans(member(does="024", more=more)) == [("", None, LAST)]


def test_death():
    text = member(coverage=covered(), ins="**FT***D8*20260214")
    assert rows_of(text)[0]["died_on"] == date(2026, 2, 14)


def test_of_two_files_of_one_day_the_later_has_the_higher_version():
    early, late = (rows_of(FAMILY[0], at=at)[0]["version"] for at in ("20260301*1015", "20260301*1715"))
    assert late == early + 7 * 60


BAD_MEMBERS = {
    "INS*Y": ("INS*", ("INS01", "missing")),
    "*021*20": ("*999*20", ("INS03", "unknown_code")),
    "*021*20*": ("**20*", ("INS03", "missing")),
    "REF*0F": ("REF*3H", ("REF02 (0F)", "missing")),
    "19600402": ("19600431", ("DMG02", "not_a_date")),
    "D8*19600402": ("D8*20270402", ("DMG02", "in_the_future")),
    "348*D8*20260101": ("348*D8*20261301", ("DTP03 (348)", "not_a_date")),
    "DTP*348": ("DTP*347", ("DTP03 (348)", "missing")),
    "349*D8*20261231": ("349*D8*20251201", ("DTP03 (349)", "end_before_start")),
    "NM1*IL*1*ROE": ("NM1*IL*1*" + "R" * 101, ("NM103", "too_long")),
    "N4*TOLEDO": ("NX*TOLEDO", ("member", "unknown_segment")),
    "348*D8*2026": ("348*D8*1950", ("DTP03 (348)", "before_birth")),
}


@pytest.mark.parametrize(("was", "now", "fault"), [(was, *rest) for was, rest in BAD_MEMBERS.items()])
def test_a_bad_member_is_named_and_the_next_is_read(was, now, fault):
    text = member(coverage=covered(ends="20261231", does="")).replace(was, now, 1)
    _, good, bad = read(ENROLMENT, enrolment(text, member(number="S2", coverage=covered())))
    assert (8, *fault) in faults(bad)
    assert [row["member_id"] for row in good] == ["S2"]


@pytest.mark.parametrize("total", ["QTY*TO*4\n", "QTY*ET*2\n", "QTY*DT*1\n", "QTY*TO*x\n"])
def test_control_totals_that_disagree(total):
    with pytest.raises(FeedRefused) as refused:
        read(ENROLMENT, enrolment(*FAMILY, head=total))
    assert refused.value.code == "control_total"


def test_no_sentence_repeats_a_value():
    for was, (now, _) in BAD_MEMBERS.items():
        text = member(coverage=covered(ends="20261231", does="")).replace(was, now, 1)
        for one in read(ENROLMENT, enrolment(text))[2]:
            assert not any(
                value in said.message for said in one.problems for value in ("ROE", "ANN", "1960", "S1", "TOLEDO")
            )


def test_the_fixture():
    feed, good, bad = read(ENROLMENT, (DATA / ENROLMENT / "members.834").read_bytes())
    assert (feed.records, len(good), bad) == (4, 5, [])
    assert feed.notes == {"ends_what_began_before": 1}


def test_a_prior_number_is_a_second_id_of_the_member():
    row, reference = rows_of(member(number="S2", coverage=covered(), more="REF*Q4*S1\n"))
    assert (row["member_id"], reference["member_id"], reference["person_id"]) == ("S2", "S2", "S1")
    assert (reference["source"], reference["starts_on"], reference["born_on"]) == (REFERENCE, None, None)


def test_a_dependant_without_an_id_had_one_made_of_the_prior_number():
    row, reference = rows_of(
        member("N", number="S2", name="ROE*LEO", born="20150611", coverage=covered(), more="REF*Q4*S1\n")
    )
    born = date(2015, 6, 11)
    assert row["member_id"] == reference["member_id"] == dependant_id("S2", born, "LEO")
    assert reference["person_id"] == dependant_id("S1", born, "LEO")


PRIOR = {
    "an id": ("NM1*70*1*ROW*ANNE****ZZ*W9\nDMG*D8*19600401*M\n", ["W9"]),
    "a number": ("NM1*70*1*ROW*ANNE\nREF*0F*S0\n", ["S0"]),
    "an id and a prior number": ("REF*Q4*S0\nNM1*70*1*ROW*****MI*W9\n", ["S0", "W9"]),
    "a social security number": ("NM1*70*1*ROW*ANNE****34*123456789\n", []),
    "a name alone": ("NM1*70*1*ROW*ANNE\nDMG*D8*19600401*M\n", []),
    "the id of today": ("NM1*70*1*ROW*****ZZ*S1\n", []),
}


@pytest.mark.parametrize("case", PRIOR)
def test_what_a_prior_incorrect_insured_was_known_by(case):
    told, former = PRIOR[case]
    before, _, after = told.rpartition("NM1*70")
    text = member(more=before, coverage=f"NM1*70{after}{covered()}").replace("NM1*IL*1", "NM1*74*1")
    row, *references = rows_of(text)
    assert (row["member_id"], row["last_name"], row["born_on"]) == ("S1", "ROE", date(1960, 4, 2))
    assert [(each["member_id"], each["person_id"], each["source"]) for each in references] == [
        ("S1", id, REFERENCE) for id in former
    ]


def test_a_prior_incorrect_dependant():
    own = "NM1*70*1*ROE*LEA****ZZ*W1-09\n"
    rows = rows_of(member("N", name="ROE*LEO", born="20150611", coverage=own + covered()))
    assert [row["person_id"] for row in rows] == ["", "W1-09"]
    by_name = rows_of(member("N", name="ROE*LEO", born="20150611", coverage="NM1*70*1*ROE*MIA\n" + covered()))
    assert len(by_name) == 1  # MIA may be the twin


def test_a_prior_number_that_is_the_number_of_today_says_nothing():
    assert len(rows_of(member(coverage=covered(), more="REF*Q4*S1\n"))) == 1
