"""The invented pharmacies and prescribers."""

from collections import Counter

from patients.claims.synthetic import directory, population
from patients.claims.synthetic.drugs import DRUGS


def passes_luhn(number):
    """The check digit by the textbook: double every second digit from the right, cast out nines, sum ends in 0."""
    digits = [int(digit) for digit in "80840" + number][::-1]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def test_the_rule_knows_a_published_example():
    assert directory.npi("123456789") == "1234567893"
    assert passes_luhn("1234567893")
    assert not passes_luhn("1234567890")


def test_every_npi_passes_the_check_digit_and_begins_with_1():
    numbers = [place.npi for place in population.pharmacies()] + [*directory.PRESCRIBERS, *directory.FACILITIES]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert len(number) == 10
        assert number[0] == "1"
        assert passes_luhn(number)


def test_the_channels_and_the_network():
    places = population.pharmacies()
    channels = Counter(place.channel for place in places)
    assert (channels["mail"], channels["long_term_care"], channels["specialty"]) == (1, 1, 1)
    retail = [place for place in places if place.channel == "retail"]
    assert sum(place.in_network for place in retail) >= 10
    assert sum(not place.in_network for place in retail) >= 5
    assert len({place.state for place in places}) >= 4
    own = [place.feed_id for place in places if place.feed_id]
    assert 5 <= len(own) == len(set(own)) < len(places)


def test_telephone_numbers_are_those_kept_for_fiction():
    assert all("-555-01" in place.phone for place in population.pharmacies())


def test_every_ndc_has_eleven_digits_and_is_used_once():
    codes = [drug.ndc11 for drug in DRUGS.values()]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 11 and code.isdigit() for code in codes)


def test_every_product_of_a_measure_names_its_ingredients():
    assert DRUGS["sitagliptin_metformin"].ingredients == ("sitagliptin", "metformin")
    for drug in DRUGS.values():
        assert bool(drug.ingredients) is (drug.set in {"ras", "dr", "sta"})
