"""Fills as a pharmacy's dispensing system tells them: comma-separated, a line a fill, sent weekly with the fills that changed.

A line says again all that is known of its fill: when it was filled, when it was sold, that it went back to stock. The columns
are ours. They tell what happened in the pharmacy, not what a payer paid: the payer's own claim of the same fill is the one that
counts, and these rows give no fills (records.DISPENSED). They have the words by which both can be put side by side: member,
pharmacy, prescription, fill, day. Cash fills are told here alone and count for no measure of claims either; those that were sold
are facts of their own (models.CashFill), for the pharmacist.

A fill is known by pharmacy, prescription number, fill number and day filled. Its version is the latest day that the line names,
so a line of a later week overtakes the earlier one. A day of return to stock reverses the fill. A fill that was neither sold nor
returned 14 days after it was filled is not in force: that follows from the day of the look (queries.claims_as_they_stand), since
a week that tells nothing new of it sends no line; and a later line with the day of sale puts it in force again.
"""

from functools import partial

from ..checks import Rejected, day_number, in_order, not_in_the_future, present, problem, supply
from ..fields import CENTS, DATE, DAYS, ID, NDC, NDC_OK, NPI_OK, QUANTITY, RX_NUMBER, SHORT, Cached, one_of, whole
from ..records import DISPENSED, NOT_SOLD_AFTER_DAYS, PHARMACY_CLAIM
from .reading.blocks import CONTAINER_TYPES
from .reading.feed import Dialect, Format, open_feed
from .reading.outcome import FeedRefused
from .reading.shape import Field, In, Shape

PAID_BY = Cached(one_of({"": "", "plan": "plan", "cash": "cash"}))
FILLS = Cached(whole(0, 99))
PARTIAL = Cached(one_of({"": "", "P": "P", "C": "C"}))

# (column, reader, needed, type, meaning, example)
COLUMNS = (
    (
        "pharmacy_id",
        SHORT,
        True,
        "text",
        "The pharmacy: its NPI; an NCPDP id needs a line in the crosswalk.",
        "1679576722",
    ),
    ("rx_number", RX_NUMBER, True, "number as text", "Prescription number; leading zeros do not count.", "1234567"),
    ("fill_number", FILLS, True, "0 to 99", "0 is the first fill.", "0"),
    ("member_id", ID, True, "text", "The id by which the plan knows the member, for cash fills as well.", "M0001"),
    ("ndc", NDC, True, "NDC", "The product, 11 digits or with hyphens.", "00071-0155-23"),
    ("quantity", QUANTITY, True, "up to 3 decimals", "Quantity dispensed.", "30"),
    ("days_supply", DAYS, True, "0 to 366", "Days supply; 0 is not known.", "30"),
    ("filled_date", DATE, True, "YYYY-MM-DD", "Day of the fill.", "2025-03-01"),
    ("sold_date", DATE, True, "YYYY-MM-DD", "Day on which it was handed out; empty until then.", "2025-03-02"),
    ("returned_to_stock_date", DATE, True, "YYYY-MM-DD", "Day on which it went back to stock; reverses the fill.", ""),
    ("paid_by", PAID_BY, True, "plan or cash", "Who pays.", "plan"),
    ("price", CENTS, False, "dollars", "What is charged, by all payers together.", "65.70"),
    ("patient_pay", CENTS, False, "dollars", "The patient's part of it.", "10.00"),
    ("refills_left", FILLS, False, "0 to 99", "Refills that are left after this fill.", "5"),
    ("partial_fill", PARTIAL, False, "P or C", "P partial fill, C completion of one.", ""),
    ("prescriber_npi", SHORT, False, "text", "The prescriber.", "1245319599"),
    (
        "reported_date",
        DATE,
        False,
        "YYYY-MM-DD",
        "Day on which this was so: for changes that no other date tells.",
        "2025-03-08",
    ),
)
UNREAD = {"phone": "The member's telephone number: accepted, not kept; eligibility tells it."}
OF_TYPE = {
    "YYYY-MM-DD": ("not_a_date", "out_of_range"),
    "dollars": ("not_a_number", "money_precision", "out_of_range"),
    "up to 3 decimals": ("not_a_number", "quantity_precision", "out_of_range", "negative_quantity"),
    "0 to 99": ("not_a_number", "out_of_range"),
    "0 to 366": ("not_a_number", "out_of_range"),
    "plan or cash": ("unknown_code",),
    "P or C": ("unknown_code",),
}
MAY_BE_EMPTY = frozenset({"sold_date", "returned_to_stock_date", "days_supply"})


def build(values, seen):
    """One row a line."""
    (pharmacy, rx_number, fill, member, ndc, quantity, days, filled_on, sold_on, returned_on, paid_by) = values[:11]
    price, patient_pay, refills_left, partial_, prescriber, reported_on = values[11:]
    days = _check(values, days, seen)
    is_cash, is_returned = paid_by == "cash", returned_on is not None
    notes = seen.notes
    notes["no_days_supply"] += days is None
    notes["not_sold"] += sold_on is None and not is_returned and (seen.today - filled_on).days > NOT_SOLD_AFTER_DAYS
    if not NDC_OK[ndc]:
        notes["ndc_not_11_digits"] += 1
    if not NPI_OK[pharmacy]:
        notes["pharmacy_ref_not_npi"] += 1
    claim_id = "-".join(filter(None, ("dispensed", pharmacy, rx_number, str(fill), f"{filled_on:%Y%m%d}", partial_)))
    version = day_number(max(filter(None, (filled_on, sold_on, returned_on, reported_on))))
    names = claim_id if is_returned else ""  # its own claim: a return never means the payer's
    return (
        (
            claim_id,
            1,
            member,
            "",
            "",
            "",
            "",
            pharmacy,
            prescriber,
            filled_on,
            ndc,
            quantity,
            days,
            None,
            rx_number,
            fill,
        )
        + (None, None, None, price, None, None, None, None, None, None, patient_pay, None, "")
        + (
            "B2" if is_returned else "B1",
            names,
            "",
            version,
            is_returned,
            "",
            "",
            None,
            partial_,
            is_cash,
            None,
            sold_on,
        )
        + (refills_left, DISPENSED),
    )


def _check(values, days, seen):
    problems = []
    for (name, *_), value in zip(COLUMNS[:11], values[:11], strict=True):
        if name not in MAY_BE_EMPTY:
            present(problems, name, value)
    filled_on, sold_on, returned_on = values[7:10]
    for name, day in (("filled_date", filled_on), ("sold_date", sold_on), ("returned_to_stock_date", returned_on)):
        not_in_the_future(problems, name, day, seen.today)
    not_in_the_future(problems, "reported_date", values[16], seen.today)
    in_order(problems, "sold_date", filled_on, sold_on, earlier="filled_date")
    in_order(problems, "returned_to_stock_date", filled_on, returned_on, earlier="filled_date")
    if values[5] is not None and values[5] < 0:
        problems.append(problem("quantity", "negative_quantity", "is negative: a return is told by its date."))
    days = supply(problems, "days_supply", days, is_reversal=False)
    if problems:
        raise Rejected(problems)
    return days


def _fields():
    for name, _, is_needed, type_, means, example in COLUMNS:
        faults = OF_TYPE.get(type_, ("control_character", "too_long"))
        is_filled = is_needed and name not in MAY_BE_EMPTY
        yield Field(name, means, type_, is_filled, example, (*(("missing",) if is_filled else ()), *faults))
    yield from (Field(name, means, "text") for name, means in UNREAD.items())


SHAPE = Shape(
    code="pharmacy_dispensing",
    layout=PHARMACY_CLAIM,
    inputs=tuple(In(name, read, is_needed) for name, read, is_needed, *_ in COLUMNS),
    build=build,
    known=(*(name for name, *_ in COLUMNS), *UNREAD),
    extras=frozenset(name for name, _, is_needed, *_ in COLUMNS if not is_needed) | frozenset(UNREAD),
)


def recognise(header, line):
    if {"filled_date", "rx_number"} <= set(header):
        return SHAPE
    if set(header) & set(SHAPE.known):
        raise FeedRefused("missing_column", "A file of fills needs the columns rx_number and filled_date.", line)
    raise FeedRefused("no_header", "The first line names no column of a file of fills.", line)


FORMAT = Format(
    code="pharmacy_dispensing",
    title="Fills of a pharmacy's dispensing system, comma-separated",
    media_types=("text/csv", *CONTAINER_TYPES),
    open=partial(open_feed, Dialect(delimiter=",", is_quoted=True, folded=str.lower), recognise),
    shapes=(SHAPE,),
    fields={"fill": tuple(_fields())},
)
