"""The asthma medication ratio: who has persistent asthma in both years, and how units are counted."""

import pytest

pytestmark = pytest.mark.django_db

BEFORE = "1990-05-05 born\n 2024-03-01 dx J4550 inpatient first\n"
NOW = "2025-03-01 dx J4550 inpatient first\n"


def ratio(result):
    return result.denominator, result.numerator, result.value_milli


@pytest.mark.parametrize(
    ("fills", "found"),
    [
        ("2025-02-01 fill 30 fluticasone_inhaler\n 2025-05-01 fill 30 albuterol_inhaler", (True, True, 50_000)),
        (
            "2025-02-01 fill 30 fluticasone_inhaler\n 2025-05-01 fill 30 albuterol_inhaler\n 2025-06-01 fill 30 albuterol_inhaler",
            (True, False, 33_333),
        ),
        (
            "2025-02-01 fill 90 montelukast\n 2025-05-01 fill 30 albuterol_inhaler",
            (True, True, 75_000),
        ),  # three units of tablets
        ("2025-02-01 fill 31 montelukast\n 2025-05-01 fill 30 albuterol_inhaler", (True, True, 66_666)),  # two
        (
            "2025-02-01 fill 90 fluticasone_inhaler\n 2025-05-01 fill 30 albuterol_inhaler",
            (True, True, 50_000),
        ),  # one inhaler
        ("2025-02-01 fill 28 omalizumab\n 2025-05-01 fill 30 albuterol_inhaler", (True, True, 50_000)),
        ("2024-12-31 fill 30 fluticasone_inhaler\n 2025-05-01 fill 30 albuterol_inhaler", (True, False, 0)),
    ],
)
def test_units(evaluate, fills, found):
    assert ratio(evaluate("amr", BEFORE + NOW + fills)) == found


FOUR_VISITS = "\n".join(f"2025-0{month}-01 dx J4550 carrier" for month in (1, 2, 3, 4)) + "\n"
ONE_FILL = "2025-05-01 fill 30 albuterol_inhaler\n"


@pytest.mark.parametrize(
    ("this_year", "is_asked"),
    [
        (NOW + ONE_FILL, True),
        (NOW.replace(" first", "") + ONE_FILL, False),  # not the principal diagnosis
        ("2025-03-01 dx J4550 outpatient first\n 2025-03-01 service 99283 outpatient\n" + ONE_FILL, True),
        (FOUR_VISITS + ONE_FILL, False),
        (FOUR_VISITS + ONE_FILL + "2025-06-01 fill 30 albuterol_inhaler", True),
        (
            FOUR_VISITS + ONE_FILL + "2025-05-01 fill 30 albuterol_inhaler",
            False,
        ),  # two inhalers on one day are one time
        ("2025-05-01 fill 90 montelukast\n 2025-08-01 fill 30 montelukast", False),  # four times, and no coded asthma
        ("2025-01-01 dx J4550 carrier\n 2025-05-01 fill 90 montelukast\n 2025-08-01 fill 30 montelukast", True),
        ("2025-05-01 fill 90 montelukast\n 2025-08-01 fill 30 albuterol_inhaler", True),
        (
            "2025-01-01 dx J4550 carrier\n 2025-05-01 fill 119 montelukast",
            False,
        ),  # three times 30 days, and 29 days over
        ("2025-01-01 dx J4550 carrier\n 2025-05-01 fill 120 montelukast", True),
        (
            "2025-01-01 dx J4550 carrier\n 2025-05-01 fill 45 montelukast\n 2025-05-01 fill 45 montelukast\n"
            "2025-08-01 fill 29 montelukast",
            True,
        ),  # of one day together three times
        ("2025-01-01 dx J4550 carrier\n 2025-05-01 fill 59 montelukast\n 2025-08-01 fill 59 montelukast", False),
    ],
)
def test_persistent_asthma(evaluate, this_year, is_asked):
    assert (evaluate("amr", BEFORE + this_year) is not None) == is_asked


@pytest.mark.parametrize(
    ("fact", "exclusion", "why"),
    [
        ("2024-02-01 dx J449 carrier", "asthma_exclusions", ""),
        ("2025-03-01 service G9473 carrier", "hospice", ""),
        ("1960-12-31 born", "", "over_age"),
        ("1961-01-01 born", "", ""),
        ("2024-03-01 cover open", "", "no_cover_before"),
        ("2023-01-01 cover 2024-05-31\n 2024-07-01 cover open", "", ""),
        ("2024-01-15 cover 2024-05-31\n 2024-07-01 cover open", "", "no_cover_before"),  # two gaps
    ],
)
def test_who_is_left_out(evaluate, fact, exclusion, why):
    result = evaluate("amr", BEFORE + NOW + ONE_FILL + fact)
    assert (result.exclusion, result.not_in_denominator) == (exclusion, why)


def test_without_an_asthma_medicine_there_is_no_ratio_and_the_evidence_names_the_units(evaluate):
    assert evaluate("amr", BEFORE + NOW).not_in_denominator == "no_asthma_medicine"
    claims = evaluate("amr", BEFORE + NOW + "2025-02-01 fill 90 montelukast").evidence["claims"]
    assert [claim["what"] for claim in claims if claim["role"] == "value"] == ["Medicines that control asthma: 3 units"]
