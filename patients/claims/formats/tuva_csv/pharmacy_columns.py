"""Lines of pharmacy claims, many at once: what `pharmacy_claim.build` says of a plain line, column by column."""

from collections import Counter
from itertools import compress
from operator import lt

from ...checks import LONGEST_SUPPLY_DAYS, day_number
from ...fields import DATE, NDC, NDC_OK, NPI_OK, SHORT, Text
from ...records import PHARMACY_CLAIM
from ..reading.columns import DOUBT, Words, needed

NONE = str(None)
AT = PHARMACY_CLAIM.position


def _says(unless, lacks, wrong):
    """The note that a value is worth: '' for a value that is as it should be."""
    return lambda value: "" if unless[value] else wrong if value else lacks


class PharmacyColumns:
    """The ways of reading of one feed. `today`: as in reading.feed.open_feed."""

    def __init__(self, today, inputs, plan_parts):
        def filled(day):
            return DOUBT if day is None or day > today else str(day)

        def version(day):
            return str(day_number(day))

        own = {
            "claim_line_number": lambda number: str(number) if number else DOUBT,
            "dispensing_date": filled,
            "quantity": lambda quantity: DOUBT if quantity is not None and quantity < 0 else str(quantity),
            "days_supply": lambda days: str(days) if days is None or 0 < days <= LONGEST_SUPPLY_DAYS else DOUBT,
            "transaction_code": lambda transaction: transaction or "B1",
        }
        self.inputs = inputs
        self.by_name = {
            one.name: Words(one.read, own.get(one.name, str)) for one in inputs if not isinstance(one.read, Text)
        }
        self.contract = Words(SHORT, lambda plan: plan_parts[plan][0])
        self.pbp = Words(SHORT, lambda plan: plan_parts[plan][1])
        self.version = Words(DATE, version)
        transaction = next(one.read for one in inputs if one.name == "transaction_code")
        self.is_reversal = Words(transaction, lambda transaction: str(transaction == "B2"))
        self.notes = (
            ("ndc_code", Words(NDC, _says(NDC_OK, "no_ndc", "ndc_not_11_digits"))),
            ("dispensing_provider_npi", Words(SHORT, _says(NPI_OK, "no_pharmacy", "pharmacy_ref_not_npi"))),
            ("prescribing_provider_npi", Words(SHORT, _says(NPI_OK, "no_prescriber", "prescriber_ref_not_npi"))),
        )

    def columns(self, given):
        """Words in the order of records.PHARMACY_CLAIM."""

        def read(first, last=None):
            return [
                given.texts(one) if isinstance(one.read, Text) else given.words(one.name, self.by_name[one.name])
                for one in self.inputs[first:last]
            ]

        claim, line, member, person, plan = read(0, 5)
        if "" in member:
            member = needed([one or other for one, other in zip(member, person, strict=True)])
        return [
            *(needed(claim), line, member, person, plan),
            *(given.words("plan", self.contract), given.words("plan", self.pbp)),
            *read(5, 30),
            *(given.words("paid_date", self.version), given.words("transaction_code", self.is_reversal)),
            *read(30),
        ]

    def count(self, given, out, clear, notes):
        """Adds up what `pharmacy_claim.build` notes of the lines that are clear."""

        def kept(column):
            return list(compress(column, clear))

        filled, paid = kept(out[AT["filled_on"]]), kept(out[AT["paid_on"]])
        found = Counter(
            no_days_supply=kept(out[AT["days_supply"]]).count(NONE),
            no_quantity=kept(out[AT["quantity"]]).count(NONE),
            no_paid_date=paid.count(NONE),
            paid_before_service=sum(map(lt, paid, filled)),  # days as texts; no day lies behind them all
            member_id_from_person_id=kept(given.texts(self.inputs[2])).count(""),
        )
        for name, words in self.notes:
            found.update(kept(given.words(name, words)))
        del found[""]
        notes.update(found)
