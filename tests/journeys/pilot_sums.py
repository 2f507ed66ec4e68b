"""Every figure of the pilot added up again, from what was put in: statements, remittance files, the client's report.

Nothing here asks the system what a service costs; the numbers are written down, in cents.
"""

import re
from collections import Counter
from urllib.parse import urlencode, urljoin

from .pilot_house import dollars, link, words
from .pilot_people import STORES

MONTHS = {  # pharmacy -> month -> opening, services approved, taken back, paid, closing
    "A": {"2026-11": (0, 1250_58, 4_00, 1250_58, -4_00), "2026-12": (-4_00, 56_81, 0, 52_81, 0)},
    "B": {"2026-11": (0, 432_35, 32_00, 400_35, 0)},
    "C": {"2026-11": (0, 681_20, 0, 681_20, 0)},
}
TOTALS = {"A": (1199_58, 51_00, 36_00, 16_81), "B": (155_35, 245_00), "C": (594_50, 86_70)}
"""Pharmacy -> its remittances in their order."""
PAID = 2384_94
TOLD = {"1": 29, "4": 1, "22": 1}
"""CLP02 -> how often the files say so: paid or denied, denied because the patient is unknown, taken back."""
PAYER = {
    "edi_id": "ACME1", "tax_id": "987654321", "street": "1 Main Street", "city": "Charleston", "state": "WV", "zip": "253011111",
    "contact_name": "Claims desk", "contact_phone": "3045550111",
}  # fmt: skip


def cents(text):
    return round(float(text) * 100)


def statements(house):
    """Page and file say the same, month by month; what a month closes with, the next one opens with."""
    for letter, (name, _, _, _, owner, pharmacist) in STORES.items():
        for month, (opening, services, taken, paid, closing) in MONTHS[letter].items():
            assert opening + services - taken - paid == closing
            page = house.read(pharmacist, f"/portal/billing/statement/?month={month}")
            assert "Together " + " ".join(map(dollars, (opening, services, taken, paid, closing))) in page, (name, page)
            rows = house.rows(owner, f"/portal/billing/statement.csv?month={month}")
            told = {what: sum(cents(row["amount"]) for row in rows if row["what"] in what) for what in KINDS}
            assert list(told.values()) == [opening, services, -taken, -paid, closing], (name, month, told)


KINDS = (("opening balance",), ("approved", "unapproved"), ("recouped", "released"), ("paid",), ("closing balance",))


def claims(house):
    """At each pharmacy all is paid that was not withdrawn or corrected, and nothing else."""
    for letter, (*_, pharmacist) in STORES.items():
        rows = house.rows(pharmacist, "/portal/billing/claims.csv")
        assert {row["status"] for row in rows} <= {"paid", "replaced", "voided"}
        assert {cents(row["paid"]) for row in rows if row["status"] != "paid"} <= {0}
        assert sum(cents(row["paid"]) for row in rows) == KEPT[letter]


KEPT = {"A": 1307_39, "B": 400_35, "C": 681_20}
"""Pharmacy -> what its claims were paid; four dollars of Ash's are taken back beside them."""


def remittances(house):
    """Each file balances, adds up to what its page says, and is the pharmacy's as it is the PBM's."""
    house.fill("erin", "/pbm/claims/payers/", to="/payers/", **PAYER)
    listed, statuses, taken = house.open("erin", "/pbm/remittances/"), [], []
    rows = [row for row in re.findall(r"<tr\b.*?</tr>", listed, re.S) if "RA-" in row]
    totals = {letter: [] for letter in STORES}
    for row in reversed(rows):
        letter = next(letter for letter, (name, *_) in STORES.items() if name in words(row))
        page = link(row, "RA-")
        text = house.open("erin", urljoin(page, "835/"))
        ours = page.replace("/pbm/remittances/", "/portal/billing/remittances/")
        assert _segments(house.open(STORES[letter][5], urljoin(ours, "835/"))) == _segments(text)
        segments = [each.split("*") for each in _segments(text)]
        (total,) = [cents(each[2]) for each in segments if each[0] == "BPR"]
        lines = [each for each in segments if each[0] == "CLP"]
        less = [cents(each[4]) for each in segments if each[0] == "PLB"]
        assert sum(cents(each[4]) for each in lines) - sum(less) == total
        assert dollars(total) in house.read("erin", page) and dollars(total) in house.read(STORES[letter][5], ours)
        statuses += [each[2] for each in lines]
        taken += less
        totals[letter].append(total)
    assert {letter: tuple(each) for letter, each in totals.items()} == TOTALS
    assert Counter(statuses) == TOLD
    assert taken == [4_00]
    assert sum(map(sum, totals.values())) == PAID


def _segments(text):
    """Without the envelope, whose hour and number are each file's own."""
    return [
        each.strip()
        for each in text.split("~")
        if each.strip() and each.strip()[:3] not in ("ISA", "GS*", "GE*", "IEA")
    ]


def report(house, services):
    """The roll-out report, page and file; small numbers are kept back, and sums are told."""
    form = house.open("dana", "/pbm/reports/roll-out/")
    chosen = {name: re.search(rf'name="{name}".*?value="(\d+)"', form, re.S)[1] for name in ("program", "client")}
    asked = urlencode(chosen | {"since": "2026-10-01", "until": "2026-12-31"})
    page = house.read("dana", f"/pbm/reports/roll-out/?{asked}")
    rows = house.rows("dana", f"/pbm/reports/roll-out.csv?{asked}")
    told = {(row["part"], row["of"], row["value"]): row["number"] for row in rows}
    assert told["members", "covered on the last day", ""] == told["members", "enrolled", ""] == "26"
    assert told["members", "enrolled on the last day", ""] == "24"
    assert told["pharmacies", "with enrolled members", ""] == "3"
    assert told["members", "reached and served", ""] == "24"
    assert _served(told, "Adherence call") == ("12", "12", "$364.00", "$360.00")
    assert _served(told, "Together") == ("25", "24", "$2,628.94", dollars(PAID))
    assert "Adherence call 12 12 $364.00 $360.00" in page and f"Together 25 24 $2,628.94 {dollars(PAID)}" in page
    assert _served(told, "Vaccination") == ("fewer than 11", "fewer than 11", "hidden", "hidden")
    asked_for = sum(each.cents for each in services.values())
    assert asked_for - 32_00 - 240_00 == 2628_94, (
        "less the call that was withdrawn, and a quarter of an hour that was corrected"
    )


def _served(told, title):
    return tuple(told["services", title, value] for value in ("services", "members", "charged", "paid"))
