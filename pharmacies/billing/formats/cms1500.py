"""CMS-1500 (02/12) out of the same ClaimDocument as the 837P: what stands in which box, six services a sheet.

source: the boxes of the form as the NUCC numbers them; domain/billing.md 5.4 (CLM07 is box 27, CLM08 is box 13)
"""

from . import checks
from .x12 import CannotWrite, number, words
from .x12_837p import differing_facility, undotted

LINES_A_SHEET = 6
KINDS = {"MB": "medicare", "16": "medicare", "MC": "medicaid", "CH": "tricare", "VA": "champva"}
"""Kind of plan (SBR09) -> the mark in box 1; others are group plans (CI, HM, ...) or marked as other."""
GROUP_PLANS = ("BL", "CI", "HM", "12", "13", "14", "15", "HN")
MEDICARE_B = "MB"
OF_INSURED = ("4", "6", "7", "11a", "11d")
"""Boxes that stay empty, with NONE in 11, where Medicare Part B is the first payer."""
NAME_PLACES = 28
ON_FILE = "SIGNATURE ON FILE"


def boxes(claim):
    """A tuple of sheets, each a dict box -> text in capitals; '24.3.D.code' is the code of a sheet's third service.

    Raises CannotWrite with all faults, the same as the 837P.
    """
    if found := checks.faults(claim):
        raise CannotWrite(*found)
    chunks = [claim.lines[at : at + LINES_A_SHEET] for at in range(0, len(claim.lines), LINES_A_SHEET)]
    sheets = []
    for chunk in chunks:
        sheet = _payer_and_patient(claim) | _claim(claim) | _providers(claim)
        for at, line in enumerate(chunk, 1):
            sheet |= {f"24.{at}.{box}": text for box, text in _line(claim, line).items()}
        sheet["28"] = columns(claim.charge_cents) if chunk is chunks[-1] else "CONTINUED"
        sheets.append({box: text for box, text in sheet.items() if text})
    return tuple(sheets)


def columns(cents):
    """Dollars and cents in columns of their own: 123456 -> '1234 56'."""
    return f"{cents // 100} {cents % 100:02d}"


def _payer_and_patient(claim):
    who, payer = claim.subscriber, claim.payer
    name, home = _name(who), who.address
    found = {
        "payer.name": words(payer.name, at="Payer"),
        "payer.street": words(payer.address.street, at="Payer") if payer.address else "",
        "payer.city": _city(payer.address, 31) if payer.address else "",
        f"1.{KINDS.get(payer.filing) or ('group' if payer.filing in GROUP_PLANS else 'other')}": "X",
        "1a": who.member_id,
        "2": name,
        "4": name,
        "6.self": "X",
        "11": words(who.group_number, at="Group number"),
        "11d.no": "X",
        "12": ON_FILE,
        "13": ON_FILE if claim.pays_provider else "",
        "10a.no": "X",
        "10b.no": "X",
        "10c.no": "X",
    }
    for box in ("3", "11a"):
        found |= {
            f"{box}.month": f"{who.born_on:%m}",
            f"{box}.day": f"{who.born_on:%d}",
            f"{box}.year": f"{who.born_on:%Y}",
        }
        found[f"{box}.{who.sex}"] = "X" if who.sex in ("F", "M") else ""
    for box in ("5", "7"):
        found |= {f"{box}.street": words(home.street, at="Patient"), f"{box}.city": words(home.city, at="Patient")}
        found |= {f"{box}.state": home.state.upper(), f"{box}.zip": home.zip}
    if payer.filing == MEDICARE_B:
        found = {box: text for box, text in found.items() if box.split(".")[0] not in OF_INSURED} | {"11": "NONE"}
    return found


def _claim(claim):
    found = {
        "19": words(claim.note, at="Note"),
        "20.no": "X",
        "21.ind": "0",
        "23": claim.authorization or claim.clia,
        "26": claim.control_number,
        "27.yes" if claim.accepts_assignment else "27.no": "X",
    }
    if claim.frequency != "1":
        found |= {"22.code": claim.frequency, "22.ref": claim.original_icn}
    return found | {f"21.{letter(at)}": undotted(code) for at, code in enumerate(claim.diagnoses, 1)}


def letter(pointer):
    """Diagnosis 1 is A on paper."""
    return chr(ord("A") + pointer - 1)


def _providers(claim):
    billing, facility = claim.billing, differing_facility(claim)
    signed = claim.signed_on or max(line.service_on for line in claim.lines)
    found = {
        "25": billing.tax_id,
        "25.EIN": "X",
        "31": ON_FILE,
        "31.date": f"{signed:%m %d %y}",
        "33.phone": f"{billing.phone[:3]} {billing.phone[3:]}" if billing.phone else "",
        **_block("33", billing.name, claim.pay_to or billing.address, 29),
        "33a": billing.npi,
        "33b": f"ZZ{billing.taxonomy}",
    }
    if facility:
        found |= {**_block("32", facility.name, facility.address, 26), "32a": facility.npi}
    for person, qualifier in ((claim.supervising, "DQ"), (claim.referring, "DN")):  # the referring one where both are
        if person:
            found |= {"17.qualifier": qualifier, "17": _name(person), "17b": person.npi}
    return found


def _line(claim, line):
    date = line.service_on
    found = {
        "A.from": f"{date:%m %d %y}",
        "A.to": f"{date:%m %d %y}",
        "B": claim.place,
        "D.code": line.code,
        "D.modifiers": " ".join(line.modifiers),
        "E": "".join(map(letter, line.pointers)),
        "F": columns(line.charge_cents),
        "G": str(line.units),
        "J": claim.rendering.npi if claim.rendering else "",
    }
    if line.drug:
        found["shaded"] = f"N4{line.drug.ndc}   {line.drug.unit}{number(line.drug.quantity)}"
    return found


def _block(box, name, address, places):
    street, city = words(address.street, at=f"Box {box}"), _city(address, places)
    return {f"{box}.name": words(name, at=f"Box {box}"), f"{box}.street": street, f"{box}.city": city}


def _city(address, places):
    """City, state and ZIP code in one line: a long city is cut, what follows it is not."""
    rest = f" {address.state.upper()} {address.zip}"
    return words(address.city, at="City", most=places - len(rest)) + rest


def _name(who):
    """LAST, FIRST, M: of a long name the last one is cut first."""
    rest = (words(part, at="Name") for part in (who.first_name, getattr(who, "middle_name", "")[:1]))
    rest = "".join(f", {part}" for part in rest if part)[: NAME_PLACES // 2].rstrip(", ")
    return words(who.last_name, at="Name", most=NAME_PLACES - len(rest)) + rest
