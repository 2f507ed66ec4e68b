"""Hospice, palliative care, frailty with advanced illness, nursing homes: what takes somebody out of several measures."""

import pytest

SEEN = """
    2026-03-01    visit 99213
    2020-01-01..  diagnosis E11.9
    2020-01-01..  problem I10
"""
AT_66, AT_65 = "1960-12-31 born", "1961-01-01 born"
FRAIL = "2026-04-01 device E0100\n"
ILL = "2025-01-01.. problem G30.9\n"


@pytest.mark.parametrize(
    ("hospice", "is_out"),
    [
        ("2026-02-01..2026-02-05 stay 32485007 to=428361000124107", True),
        ("2025-12-30..2026-01-01 stay 32485007 to=428371000124100", True),
        ("2026-12-30..2027-01-01 stay 32485007 to=428361000124107", False),  # it ends after the period
        ("2026-02-01..2026-02-05 visit 99213 to=428361000124107", False),  # no stay
        ("2025-01-01..2026-01-01 stay G9473", True),
        ("2025-01-01..2025-12-31 stay G9473", False),
        ("2026-02-01 assessed 45755-6 373066001", True),
        ("2026-02-01 assessed 45755-6 373067005", False),  # no
        ("2026-02-01 asked 385763009", True),
        ("2026-02-01 asked 385763009 not=yes", False),
        ("2026-02-01 asked 385763009 intent=plan", False),
        ("2026-02-01 asked 385763009 status=revoked", False),
        ("2026-02-01 done 385763009", True),
        ("2026-02-01 done 99377", True),
        ("2026-02-01 done 385763009 status=not-done", False),
        ("2026-02-01 done 385763009 status=in-progress", False),
        ("2025-02-01.. problem 170935008", True),
        ("2025-02-01..2025-12-31 problem 170935008", False),
    ],
)
def test_hospice(counts, hospice, is_out):
    assert (counts("cms122", f"1980-01-01 born\n{SEEN}{hospice}") == "IDX") is is_out


@pytest.mark.parametrize(
    ("palliative", "is_out"),
    [
        ("2026-02-01 assessed 71007-9", True),
        ("2025-12-31 assessed 71007-9", False),
        ("2025-02-01.. diagnosis Z51.5", True),
        ("2027-01-01.. diagnosis Z51.5", False),
        ("2026-02-01 visit G9054", True),
        ("2026-02-01 done 103735009", True),
    ],
)
def test_palliative_care(counts, palliative, is_out):
    assert (counts("cms122", f"1980-01-01 born\n{SEEN}{palliative}") == "IDX") is is_out


@pytest.mark.parametrize(
    ("born", "what", "is_out"),
    [
        (AT_66, FRAIL + ILL, True),
        (AT_65, FRAIL + ILL, False),
        (AT_66, FRAIL, False),
        (AT_66, ILL, False),
        (AT_66, FRAIL + "2024-12-31.. problem G30.9", False),  # advanced illness that began earlier
        (AT_66, FRAIL + "2024-12-01 order 312836 days=32", True),  # dementia medicine until 1 January
        (AT_66, FRAIL + "2024-12-01 order 312836 days=31", False),
        (AT_66, FRAIL + "2026-02-01 order 312836 days=30 status=completed", False),  # must be active
        (AT_66, FRAIL + "2026-02-01 order 312836", False),  # nobody knows for how long
        (AT_66, "2026-04-01 device E0100 not=yes\n" + ILL, False),
        (AT_66, "2026-04-01 assessed 98181-1 262177002\n" + ILL, True),
        (AT_66, "2020-01-01.. problem R54\n" + ILL, True),
        (AT_66, "2026-04-01 visit 99504\n" + ILL, True),
        (AT_66, "2026-04-01 assessed R26.89 profile=qicore-simple-observation\n" + ILL, True),
    ],
)
def test_frail_with_advanced_illness(counts, born, what, is_out):
    assert (counts("cms122", f"{born}{SEEN}{what}") == "IDX") is is_out


@pytest.mark.parametrize(("born", "is_out"), [("1945-12-31", True), ("1946-01-01", False)])
def test_from_eighty_one_frailty_alone_takes_out_of_blood_pressure(counts, born, is_out):
    assert (counts("cms165", f"{born} born\n{SEEN}{FRAIL}") == "IDX") is is_out


@pytest.mark.parametrize(
    ("homes", "is_out"),
    [
        ("2019-05-01 assessed 71802-3 160734000", True),
        ("2026-12-31 assessed 71802-3 160734000", True),
        ("2027-01-01 assessed 71802-3 160734000", False),
        ("2026-05-01 assessed 71802-3 160734000\n2026-06-01 assessed 71802-3 160943002", False),
        ("2026-06-01 assessed 71802-3 160943002\n2026-07-01 assessed 71802-3 160734000", True),
        ("2026-05-01 assessed 71802-3 160734000 status=unknown", False),
        # Told of one day: the later told
        ("2026-06-01 assessed 71802-3 160943002\n2026-06-01 assessed 71802-3 160734000", True),
        ("2026-06-01 assessed 71802-3 160734000\n2026-06-01 assessed 71802-3 160943002", False),
    ],
)
def test_the_last_housing_is_a_nursing_home(counts, homes, is_out):
    assert (counts("cms122", f"{AT_66}{SEEN}{homes}") == "IDX") is is_out
    assert counts("cms122", f"{AT_65}{SEEN}{homes}") == "IDN"
