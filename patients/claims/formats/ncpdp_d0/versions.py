"""Versions of the NCPDP Telecommunication Standard, as data: the fixed headers, the segments, the fields that are read.

Source of field numbers, positions and code values: the payer sheets that Medicaid agencies publish for version D.0. A new
version (F6 is adopted for later) is one more `Version` in VERSIONS: nothing else knows a position.
"""

from dataclasses import dataclass

from ...fields import (
    CODE,
    COMPACT_DATE,
    COUNT,
    DAYS,
    MEDICAL_CODE,
    NDC,
    RX_NUMBER,
    Cached,
    code,
    one_of,
    whole,
)
from ...zoned import overpunched_cents, thousandths

# 147-U7 pharmacy service type: 01 community, 02 compounding, 03 home infusion, 04 institutional, 05 long-term care,
# 06 mail order, 07 managed care, 08 specialty, 99 other.
CHANNELS = {"": "", "1": "retail", "5": "ltc", "6": "mail", "8": "specialty"}
CHANNELS |= dict.fromkeys(("2", "3", "4", "7", "99"), "other")
CHANNELS |= {f"0{word}": channel for word, channel in CHANNELS.items() if len(word) == 1}

ID = Cached(code(20, upper=False))
MONEY = Cached(overpunched_cents)
AMOUNT = Cached(thousandths)
FILLS = Cached(whole(0, 99))
SMALL = Cached(whole(0, 99))
CHANNEL = Cached(one_of(CHANNELS))
PARTIAL = Cached(one_of({"": "", "P": "P", "C": "C"}))
SIGNED = "amount in cents, the last digit overpunched with the sign"
# (reader, what it is called, the faults that it can raise)
TYPES = (
    (ID, "text", ("not_a_code", "too_long", "control_character")),
    (RX_NUMBER, "number, kept as text", ("not_a_code", "too_long", "control_character")),
    (NDC, "product code", ("not_a_code", "too_long", "control_character")),
    (MEDICAL_CODE, "code", ("not_a_code", "control_character")),
    (CODE, "code", ("not_a_code", "too_long", "control_character")),
    (COMPACT_DATE, "date, YYYYMMDD", ("not_a_date", "out_of_range")),
    (MONEY, SIGNED, ("not_a_number", "out_of_range")),
    (AMOUNT, "quantity, three implied decimals", ("not_a_number", "out_of_range")),
    (CHANNEL, "code", ("unknown_code",)),
    (PARTIAL, "code", ("unknown_code",)),
)


@dataclass(frozen=True, slots=True)
class Element:
    """One field: its id on the wire, its number in the data dictionary, the reader of its values, what is made of it."""

    id: str
    number: str
    read: object
    means: str
    example: str = ""

    @property
    def name(self):
        return f"{self.number}-{self.id}"

    @property
    def type(self):
        """What its values are, and the faults of reading them."""
        of_number = ("whole number", ("not_a_number", "out_of_range"))
        return next((told for read, *told in TYPES if read is self.read), of_number)


@dataclass(frozen=True, slots=True)
class Version:
    """`request` and `response`: name of a header field -> (from, to). `shortest`: what a header has at least, when blanks at
    its end were cut off. `elements`: field id -> Element. `segments`: the ids that the standard knows."""

    code: str
    request: dict
    response: dict
    shortest: dict
    elements: dict
    segments: frozenset


def _elements(*rows):
    return {row[0]: Element(*row) for row in rows}


# Groups of one letter and number ids follow the order of the segments: patient, insurance, claim, prescriber, pricing,
# compound, clinical, prior authorization; then the answers.
D0_ELEMENTS = _elements(
    ("C4", "304", COMPACT_DATE, "Date of birth. A day of service before it is a fault.", "19500101"),
    ("C7", "307", CODE, "Place of service, of a service.", "01"),
    ("C1", "301", ID, "Group; kept as the plan.", "RXGRP1"),
    ("C2", "302", ID, "Cardholder id: the member id.", "M0001"),
    ("C3", "303", SMALL, "Person code: beside a relationship other than cardholder it makes the member id.", "02"),
    ("C6", "306", SMALL, "Relationship to the cardholder; 1 is the cardholder.", "1"),
    ("EM", "455", CODE, "1 prescription, 2 service.", "1"),
    ("D2", "402", RX_NUMBER, "Prescription or service number; leading zeros do not count.", "1234567"),
    ("E1", "436", CODE, "What kind of code 407-D7 is: 03 NDC, 00 compound, 07 to 09 a procedure code.", "03"),
    ("D7", "407", NDC, "Product or service.", "00071015523"),
    ("SE", "458", COUNT, "How many modifiers follow.", "1"),
    ("ER", "459", CODE, "Modifier of a service.", "25"),
    ("E7", "442", AMOUNT, "Quantity dispensed.", "30000"),
    ("D3", "403", FILLS, "Fill number; 0 is the first.", "0"),
    ("D5", "405", DAYS, "Days supply.", "30"),
    ("D6", "406", CODE, "2 a compound, 1 none, 0 not stated.", "1"),
    ("D8", "408", CODE, "Dispense as written.", "0"),
    ("DF", "415", FILLS, "Refills authorized.", "5"),
    ("DJ", "419", CODE, "Origin of the prescription.", "3"),
    ("DK", "420", CODE, "Submission clarification; 20 is a 340B drug.", "20"),
    ("C8", "308", CODE, "Other coverage; 2, 3, 4 and 8 say that another payer was billed first.", "1"),
    ("HD", "343", PARTIAL, "P partial fill, C completion of one.", "P"),
    ("U7", "147", CHANNEL, "Pharmacy service type: the channel.", "01"),
    ("E9", "444", ID, "The pharmacist who gave a service.", "1679576722"),
    ("DB", "411", ID, "Prescriber.", "1245319599"),
    ("D9", "409", MONEY, "Ingredient cost submitted; 506-F6 of the answer comes before it.", "557{"),
    ("DC", "412", MONEY, "Dispensing fee submitted; 507-F7 of the answer comes before it.", "100{"),
    ("DQ", "426", MONEY, "Usual and customary charge.", "807{"),
    ("DU", "430", MONEY, "Gross amount due: the charge.", "657{"),
    ("DN", "423", CODE, "Basis of cost; 08 is a 340B price.", "01"),
    ("RE", "488", CODE, "What kind of code 489-TE is; 03 NDC.", "03"),
    (
        "TE",
        "489",
        NDC,
        "Ingredient of a compound. The most costly one is the product; of equals the first.",
        "11845013901",
    ),
    ("ED", "448", AMOUNT, "Quantity of an ingredient; not used.", "12000"),
    ("EE", "449", MONEY, "Cost of an ingredient.", "84{"),
    ("WE", "492", CODE, "Code system of a diagnosis: 01 ICD-9, 02 ICD-10.", "02"),
    ("DO", "424", MEDICAL_CODE, "Diagnosis, of a service.", "E119"),
    (
        "F3",
        "503",
        ID,
        "Authorization number: of a reversal, the claim that it means; of an answer, the claim's own.",
        "A1",
    ),
    (
        "AN",
        "112",
        CODE,
        "Status: P paid, C captured, D and Q duplicates of these, A approved, S its duplicate, R rejected.",
        "P",
    ),
    ("FB", "511", CODE, "Reject code. One beside a status that is not R is a fault.", "70"),
    ("F5", "505", MONEY, "Patient pay amount.", "100{"),
    ("F6", "506", MONEY, "Ingredient cost paid.", "557{"),
    ("F7", "507", MONEY, "Dispensing fee paid.", "100{"),
    ("F9", "509", MONEY, "Total amount paid. With the patient's part it is the allowed amount.", "557{"),
    ("FH", "517", MONEY, "Applied to the deductible.", "0{"),
    ("FI", "518", MONEY, "Copayment.", "100{"),
    ("4U", "572", MONEY, "Coinsurance.", "0{"),
)
D0 = Version(
    code="D0",
    request=dict(
        bin=(0, 6),
        version=(6, 8),
        transaction=(8, 10),
        pcn=(10, 20),
        count=(20, 21),
        pharmacy=(23, 38),
        day=(38, 46),
        end=(56, 56),
    ),
    response=dict(
        version=(0, 2), transaction=(2, 4), count=(4, 5), status=(5, 6), pharmacy=(8, 23), day=(23, 31), end=(31, 31)
    ),
    shortest=dict(request=46, response=31),
    elements=D0_ELEMENTS,
    segments=frozenset(f"AM{number:02}" for number in (*range(1, 17), *range(20, 30))),
)
VERSIONS = {"D0": D0}
OLD = {b"51": "5.1", b"3C": "3C", b"32": "3.2"}

CLAIMS = {"B1": "B1", "B2": "B2", "B3": "B3"}
SERVICES = {"S1": "B1", "S2": "B2", "S3": "B3"}
# Eligibility, prior authorization, information reporting, controlled substances, predetermination: they bill nothing.
NO_CLAIMS = frozenset(["E1", "P1", "P2", "P3", "P4", "N1", "N2", "N3", "C1", "C2", "C3", "D1"])
HEADER_NAMES = {"transaction": "103-A3", "count": "109-A9", "pharmacy": "201-B1", "day": "401-D1", "status": "501-F1"}
