"""Safe use of opioids: hospital stays with two opioids, or an opioid and a benzodiazepine, at discharge."""

import pytest

STAY = """
    1970-06-01              born
    2026-03-01..2026-03-05  stay 32485007 class=IMP
"""
OPIOID = "2026-03-05 order 1014599 category=discharge\n"
OTHER = "2026-03-05 order 1014632 category=community\n"
BENZODIAZEPINE = "2026-03-05 order 1298088 category=discharge\n"


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ("", "-"),
        (OPIOID, "ID"),
        (BENZODIAZEPINE, "ID"),
        (OPIOID + OTHER, "IDN"),
        (OPIOID + OPIOID, "ID"),  # the same opioid
        (OPIOID + BENZODIAZEPINE, "IDN"),
        (OPIOID + OTHER.replace("community", "inpatient"), "ID"),
        (OPIOID + OTHER.replace(" category=community", ""), "ID"),
        (OPIOID + OTHER.replace("03-05", "03-06"), "ID"),  # after the stay
        (OPIOID + OTHER.replace("category", "status=entered-in-error category"), "ID"),
        (OPIOID + OTHER.replace("category", "intent=plan category"), "ID"),
    ],
)
def test_what_was_ordered(counts, orders, expected):
    assert counts("cms506", STAY + orders) == expected


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("2026-03-05.. problem G89.3", "IDX"),
        ("2026-03-06.. problem G89.3", "ID"),
        ("2020-01-01.. diagnosis G89.3", "ID"),  # of another encounter
        ("2020-01-01.. problem D57.00", "IDX"),
        ("2026-03-05 order 1010600 category=discharge\n2020-01-01.. problem F11.20", "IDX"),
        ("2026-03-05 order 1010600 category=discharge", "ID"),
        ("2026-03-05 order 1010600 category=discharge\n2026-03-01..2026-03-31 done H0020", "IDX"),
        ("2026-03-05 order 1010600 category=discharge\n2026-03-06..2026-03-31 done H0020", "ID"),
        ("2026-03-05 order 1010600 category=inpatient\n2020-01-01.. problem F11.20", "ID"),
        ("2026-03-03T10:00:00Z done 103735009", "IDX"),
        ("2026-03-06T00:01:00Z done 103735009", "ID"),
        ("2026-03-03T10:00:00Z asked 103735009 status=on-hold", "IDX"),
        ("2026-03-03T10:00:00Z asked 103735009 status=revoked", "ID"),
    ],
)
def test_who_is_left_out(counts, what, expected):
    assert counts("cms506", STAY + OPIOID + what) == expected


@pytest.mark.parametrize(("why", "expected"), [("because=pain", "IDX"), ("billed=pain", "ID"), ("because=other", "ID")])
def test_cancer_pain_is_the_reason_of_the_stay(counts, why, expected):
    pain = "2020-01-01.. diagnosis G89.3 id=pain\n2020-01-01.. diagnosis I10 id=other\n"
    assert counts("cms506", STAY.replace("class=IMP", f"class=IMP {why}") + OPIOID + pain) == expected


def test_palliative_care_in_the_emergency_department_before_the_stay_counts(counts):
    table = STAY.replace("2026-03-01..2026-03-05", "2026-03-01T08:00:00Z..2026-03-05T12:00:00Z") + OPIOID
    care = "2026-03-01T05:00:00Z done 103735009\n"
    assert counts("cms506", table + care) == "ID"
    assert counts("cms506", table + care + "2026-03-01T04:00:00Z..2026-03-01T07:30:00Z visit 99284 class=EMER") == "IDX"
    assert counts("cms506", table + care + "2026-03-01T04:00:00Z..2026-03-01T06:30:00Z visit 99284 class=EMER") == "ID"


@pytest.mark.parametrize(("to", "expected"), [("428361000124107", "IDX"), ("306689006", "ID")])
def test_where_the_patient_went(counts, to, expected):
    assert counts("cms506", STAY.replace("class=IMP", f"class=IMP to={to}") + OPIOID) == expected


def test_each_stay_counts_by_its_own(counts):
    second = "2026-06-01..2026-06-03 stay 32485007 class=IMP\n2026-06-03 order 1014599 category=discharge\n"
    assert counts("cms506", STAY + OPIOID + second) == "IIDD"
    both = second + "2026-06-03 order 1298088 category=discharge\n"
    assert counts("cms506", STAY + OPIOID + both) == "IIDDN"


@pytest.mark.parametrize(
    ("stay", "expected"),
    [
        ("2025-12-30..2026-01-02", "ID"),
        ("2026-12-30..2027-01-02", "-"),
        ("2026-03-01..2026-03-05 stay 32485007 status=in-progress", "-"),
    ],
)
def test_finished_stays_that_end_in_the_period(counts, stay, expected):
    words = stay if "stay" in stay else f"{stay} stay 32485007"
    last = stay.split()[0].partition("..")[2]
    assert counts("cms506", f"1970-06-01 born\n{words}\n{last} order 1014599 category=discharge") == expected


@pytest.mark.parametrize(("born", "expected"), [("2008-03-01", "ID"), ("2008-03-02", "-")])
def test_adults_at_admission(counts, born, expected):
    assert counts("cms506", STAY.replace("1970-06-01", born) + OPIOID) == expected
