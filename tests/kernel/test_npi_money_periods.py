"""NPIs by their check digit, money by the cent, days by number."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carecoord.kernel.codes.rurality import ruca_of
from carecoord.kernel.money import cents, dollars
from carecoord.kernel.npi import check_digit, is_npi
from carecoord.kernel.periods import date_of, day_number, year_of_days


@pytest.mark.parametrize("text", ["1234567893", "1245319599"])
def test_published_npis_pass(text):
    assert is_npi(text)


@pytest.mark.parametrize(
    "text", ["1234567890", "123456789", "12345678933", "3234567893", "１234567893", "", None, "123456789a"]
)
def test_what_is_no_npi_does_not(text):
    assert not is_npi(text)


@given(st.integers(0, 99_999_999), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number, place, by):
    nine = f"1{number:08d}"
    whole = nine + check_digit(nine)
    wrong = whole[:place] + str((int(whole[place]) + by) % 10) + whole[place + 1 :]
    assert is_npi(whole)
    assert not is_npi(wrong)


@pytest.mark.parametrize(
    "text, wanted", [("12.34", 1234), ("12.345", 1235), ("-12.345", -1235), ("0", 0), ("7", 700), ("0.005", 1)]
)
def test_money_is_rounded_once_half_up(text, wanted):
    assert cents(text) == wanted


@pytest.mark.parametrize("text", ["", "1e5", "NaN", "inf", "1,000", " 1", "٣", "1_000", "--1"])
def test_what_is_no_money_is_refused(text):
    with pytest.raises(ValueError, match="not an amount"):
        cents(text)


def test_dollars_are_written_as_people_read_them():
    assert (dollars(123456), dollars(-5), dollars(0)) == ("$1,234.56", "-$0.05", "$0.00")


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_day_number_leads_back_to_its_day(day):
    assert date_of(day_number(day)) == day


def test_years_include_both_ends():
    assert year_of_days(2024)[1] - year_of_days(2024)[0] == 365


def test_rurality_by_zip():
    assert (ruca_of("10001"), ruca_of("00000")) == (1, None)
    assert ruca_of("24901-1234") == ruca_of("24901") != None  # noqa: E711
