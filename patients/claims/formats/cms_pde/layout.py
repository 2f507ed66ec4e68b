"""Where a prescription drug event keeps its fields: editions of one sequence of fields, and which of them a file follows.

Sources, all of CMS and public: the record layout of 2009 (information collection 0938-0982), the inbound layout of 2018
and later (Rx number of 12 digits, two blanks, product at 130 to 148), the inbound and outbound layouts of 2025 (1,000
bytes). The order of the fields is the same in all; CMS widened some of them and filled or dropped the blanks behind others.
An edition is therefore told by the length of the records and by fitting: the edition whose pictures the first records fit.
A file that fits none is refused, rather than read from the wrong places.
"""

import re
from dataclasses import dataclass, field
from itertools import product

SIZES = (512, 1000)
RECORD_IDS = ("ACC", "INF", "REJ", "DET")
SAMPLE = 20  # detail records by which the edition is told
ENOUGH = 0.9  # of the pictures before the tail must fit in one of them

DIGITS = r"[0-9]+"
QUALIFIER = r"(?:[01][0-9]|99|  )"
AMOUNT = r" *(?:[+-]?[0-9]+[0-9{}A-Rp-y+-])? *"
DATE = r"(?:[0-9]{8}| {8})"
STAMP = r"[0-9:. T-]*"
SHAPES = {AMOUNT: "[ 0-9{}A-Rp-y+-]{%(width)s}", STAMP: "[0-9:. T-]{%(width)s}"}  # of a whole field, by its width


@dataclass(frozen=True, slots=True)
class Edition:
    """`places`: {field: slice of the record}. `tail`: the fields whose places are sure only where `is_tail` matches them."""

    size: int
    places: dict
    pictures: dict
    tail: tuple[str, ...]
    is_tail: object
    least: int = field(default=0)  # a record that is shorter, even without its trailing blanks, is cut off

    def fit(self, line):
        """How many of the pictures a record fits: before the tail (from 0 to 1), and in it."""
        line = line.ljust(self.size)
        fitting = {name for name, picture in self.pictures.items() if picture(line[self.places[name]])}
        in_tail = len(fitting.intersection(self.tail))
        return (len(fitting) - in_tail) / (len(self.pictures) - len(self.tail)), in_tail

    def has_tail(self, line):
        return bool(self.is_tail(line, self.places[self.tail[0]].start))


# (field, width, picture). None: a width that differs between editions.
HEAD = (
    ("RECORD ID", 3, "[A-Z]{3}"),
    ("SEQUENCE NO", 7, DIGITS),
    ("CLAIM CONTROL NUMBER", 40, ".*"),
    ("MEDICARE BENEFICIARY IDENTIFIER", 20, r"[0-9A-Za-z]* *"),
    ("CARDHOLDER ID", 20, ".*"),
    ("DATE OF BIRTH", 8, DATE),
    ("GENDER", 1, "[0-9 ]"),
    ("DATE OF SERVICE", 8, "[0-9]{8}"),
    ("PAID DATE", 8, DATE),
    ("RX REFERENCE NUMBER", "rx", r" *[0-9]* *"),
    ("FILLER 1", "filler", r" *|0*"),
    ("PRODUCT SERVICE ID", 19, r"[0-9A-Za-z-]+ *| +"),
    ("SERVICE PROVIDER ID QUALIFIER", 2, QUALIFIER),
    ("SERVICE PROVIDER ID", 15, r"[0-9A-Za-z]+ *"),
    ("FILL NUMBER", 2, "[0-9]{2}| [0-9 ]"),
    ("DISPENSING STATUS", 1, "[PC ]"),
    ("COMPOUND CODE", 1, "[012 ]"),
    ("DAW CODE", 1, "[0-9 ]"),
    ("QUANTITY DISPENSED", 10, r" *[0-9]*[0-9{}A-R] *| +"),
    ("QUANTITY PRESCRIBED", "extra", r" *|[0-9]+"),
    ("DAYS SUPPLY", 3, r" *[0-9]+ *| +"),
    ("PRESCRIBER ID QUALIFIER", 2, QUALIFIER),
    ("PRESCRIBER ID", "prescriber", r"[0-9A-Za-z]+ *| +"),
    ("DRUG COVERAGE STATUS CODE", 1, "[CEO ]"),
    ("ADJUSTMENT DELETION CODE", 1, "[AD ]"),
    ("NON STANDARD FORMAT CODE", 1, "[A-Z ]"),
    ("PRICING EXCEPTION CODE", 1, "[A-Z ]"),
    ("CATASTROPHIC COVERAGE CODE", 1, "[AC ]"),
    ("INGREDIENT COST PAID", "amount", AMOUNT),
    ("DISPENSING FEE PAID", "amount", AMOUNT),
    ("SALES TAX", "amount", AMOUNT),
    ("GDCB", "amount", AMOUNT),
    ("GDCA", "amount", AMOUNT),
    ("PATIENT PAY AMOUNT", "amount", AMOUNT),
    ("OTHER TROOP AMOUNT", "amount", AMOUNT),
    ("LICS AMOUNT", "amount", AMOUNT),
    ("PLRO AMOUNT", "amount", AMOUNT),
    ("CPP AMOUNT", "amount", AMOUNT),
    ("NPP AMOUNT", "amount", AMOUNT),
)
TAIL = (
    ("ESTIMATED REBATE AT POS", "amount", AMOUNT),
    ("VACCINE ADMINISTRATION FEE", "amount", AMOUNT),
    ("PRESCRIPTION ORIGIN CODE", 1, "[0-5 ]"),
    ("DATE ORIGINAL CLAIM RECEIVED", 8, DATE),
    ("CLAIM ADJUDICATION BEGAN", 26, STAMP),
    ("TOTAL GROSS COVERED DRUG COST", "more", AMOUNT),
    ("TRUE OUT OF POCKET", "amount", AMOUNT),
    ("BRAND GENERIC CODE", 1, "[BG ]"),
    ("BEGINNING BENEFIT PHASE", 1, "[DNGC ]"),
    ("ENDING BENEFIT PHASE", 1, "[DNGC ]"),
    ("REPORTED GAP DISCOUNT", "amount", AMOUNT),
    ("TIER", 1, "[0-9A-Z ]"),
    ("FORMULARY CODE", 1, "[FN ]"),
    ("GAP DISCOUNT PLAN OVERRIDE", 1, "[A-Z ]"),
    ("PHARMACY SERVICE TYPE", 2, r"(?:0[0-9]|99|  )"),
    ("PATIENT RESIDENCE", 2, "(?:[0-9]{2}|  )"),
    ("SUBMISSION CLARIFICATION CODE", 2, "(?:[0-9]{2}|  )"),
)
LAST_NEEDED = "ADJUSTMENT DELETION CODE"  # what follows may be blank, and blanks at the end may be missing
# Width of the Rx number and of the blanks behind it; what stands behind the quantity (blanks, or in 2025 the quantity
# prescribed); width of the prescriber id; width of an amount. The likeliest first: it wins where several fit alike.
OF_512 = (((12, 2), (9, 2), (12, 0)), (2, 0), (15, 35), (8,))
OF_1000 = (((12, 0), (12, 2), (9, 2)), (10, 2, 0), (15, 35), (8, 10, 9, 11, 12))


def _edition(size, rx, extra, prescriber, amount):
    widths = {"rx": rx[0], "filler": rx[1], "extra": extra, "prescriber": prescriber}
    widths |= {"amount": amount, "more": amount + 1}
    places, pictures, at = {}, {}, 0
    for name, width, picture in (*HEAD, *TAIL):
        end = at + widths.get(width, width)
        places[name] = slice(at, end)
        pictures[name] = re.compile(picture).fullmatch
        at = end
    tail = tuple(name for name, _, _ in TAIL)
    # Of one piece, and by characters, for speed: every event is asked for its tail.
    shape = "".join(SHAPES.get(picture, picture) % {"width": widths.get(width, width)} for _, width, picture in TAIL)
    return Edition(size, places, pictures, tail, re.compile(shape).match, places[LAST_NEEDED].start)


EDITIONS = tuple(
    _edition(size, *widths)
    for size, options in zip(SIZES, (OF_512, OF_1000), strict=True)
    for widths in product(*options)
)


def tell(details, longest):
    """The edition that these detail records (texts) follow, or None. `longest`: the length of records, in characters.

    Records of more than 512 characters are of 1,000. Records may lack their trailing blanks: then shorter ones may be of
    either, and the pictures decide.
    """
    fitting = [one for one in EDITIONS if longest <= one.size and (longest != SIZES[0] or one.size == SIZES[0])]
    best, found = (0, 0), None
    for line in details:
        for edition in fitting:
            if (score := edition.fit(line)) > best:
                best, found = score, edition
    if not details:
        return fitting[0]
    return found if best[0] >= ENOUGH else None
