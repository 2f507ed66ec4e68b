"""A transaction and its answer -> clean rows.

Claim ids. A claim has no id of its own. It is known by pharmacy, prescription number, fill number and day of service, by P or C
when it is part of a fill, and, once it is answered, by its authorization number: a fill that is billed, reversed and billed
again the same day is two claims, of which one stands. A reversal (B2) is a record of its own and finds its claim as fold.py
says: same member, pharmacy, prescription, fill, day of service and, where both tell them, authorization number and partial
status. Reversals without the number of a claim take claims one each, in the order of their ids. A rebill (B3) is such a
reversal and a claim, whose id sorts behind those of the claims that it may reverse. Services (S1 to S3) are known by the same
words without the authorization number, so that a reversal acts on its own record.

Without answers a fill that is billed again cannot be told from the same claim sent twice: send the answers, too.

Versions are places in a row, not days: the standard has no date of payment, and the same transaction may be sent, and captured,
on several days. Claims come first, a rebill after them; so its reversal takes a claim and not the rebill, and a later reversal
the rebill. Of two rebills of one fill and day both stay, since neither says which claim it replaces.

Member id: the cardholder id; for somebody other than the cardholder (306-C6 is not 1 and 303-C3 is 2 or more) the cardholder
id, a hyphen and the person code in two digits.
"""

from ...checks import Rejected, not_before_birth, not_in_the_future, present, problem, supply
from ...fields import COMPACT_DATE, NDC_OK, NPI_OK, FieldFault, is_ndc11
from ..reading.care import diagnosis_type_on, distinct
from ..reading.lines import LONGEST_LINE_BYTES
from .transmission import Fields, take_apart
from .versions import CLAIMS, HEADER_NAMES, ID, NO_CLAIMS, SERVICES

PAID, CAPTURED, APPROVED = frozenset("PD"), frozenset("CQ"), frozenset("AS")
DUPLICATES = frozenset("DQS")
PROCEDURE = frozenset(("07", "08", "09", "7", "8", "9"))
NDC_QUALIFIERS = frozenset(("03", "3"))
COMPOUND = {"1": False, "2": True}
BILLED_ELSEWHERE = frozenset(("2", "3", "4", "8", "02", "03", "04", "08"))
CODE_SYSTEMS = {"01": "icd-9-cm", "02": "icd-10-cm"}


def rows_of(raw, head, place, answer, seen):
    """The rows of the transaction at `place` of a request. `answer`: (raw, Head) of the response, or None."""
    if head.transaction in NO_CLAIMS:
        seen.notes["not_a_claim"] += 1
        return []
    if head.transaction not in CLAIMS and head.transaction not in SERVICES:
        raise Rejected([problem(HEADER_NAMES["transaction"], "unknown_code", "is not B1, B2, B3, S1, S2 or S3.")])
    shared, groups = take_apart(raw, head.version)
    fields = Fields(head.version, shared | groups[place])
    _none_too_long(fields)
    seen.notes["unknown_segment"] += sum(name not in head.version.segments for name in fields.segments)
    if "AM07" not in fields.segments:
        raise Rejected([problem("segment 07", "missing_segment", "is absent: the claim.")])
    told = _answer(answer, place, len(groups), fields)
    transaction = CLAIMS.get(head.transaction) or SERVICES[head.transaction]
    is_service = head.transaction in SERVICES or fields.one("AM07", "EM") in ("2", "02")
    if told and _came_to_nothing(answer[1], told, transaction, seen):
        return []
    rows = (_service if is_service else _claim)(head, fields, told, transaction, seen)
    seen.notes["no_answer"] += bool(rows) and not told
    return rows


def _none_too_long(fields):
    """Raises Rejected for values that are longer than anything needs, known or not, each by its field."""
    names, found = fields.version.elements, []
    for told in fields.segments.values():
        too_long = [id for id, raws in told.items() if max(map(len, raws)) > LONGEST_LINE_BYTES]
        found += [names[id].name if id in names else id for id in too_long]
    if found:
        raise Rejected([problem(name, "too_long", f"is longer than {LONGEST_LINE_BYTES:,} bytes.") for name in found])


def _answer(answer, place, groups, fields):
    """The Fields of the answer to this transaction; None without an answer. What is wrong with it is the transaction's."""
    if answer is None:
        return None
    raw, head = answer
    shared, answers = take_apart(raw, head.version)
    if head.status == "R":
        answers = [{}] * groups  # rejected as a whole, whatever it says of each
    if len(answers) != groups:
        says = "is not the number of transactions of the request."
        raise Rejected([problem(HEADER_NAMES["count"], "answer_count", f"{says[:-1]}, in the answer.")])
    return Fields(head.version, shared | answers[place], fields.problems)


def _came_to_nothing(head, told, transaction, seen):
    """Whether the answer says that there is no claim, or no reversal. Raises Rejected for an answer that contradicts itself."""
    status = told.one("AM21", "AN")
    is_rejected = head.status == "R" or status == "R"
    if not is_rejected:
        if status not in PAID | CAPTURED | APPROVED:
            told.fault("AN", "unknown_code", "is not one of A, C, D, P, Q, R, S.")
        if any(told.all("AM21", "FB")):
            told.fault("FB", "status_conflict", "gives a reason for rejection, and the status is another.")
        if told.problems:
            raise Rejected(told.problems)
        is_empty = status in DUPLICATES and transaction != "B2" and told.one("AM23", "F9") is None
        seen.notes["duplicate_answer"] += is_empty
        seen.notes["captured_not_paid"] += status == "C" or (status == "A" and transaction != "B2")
        return is_empty
    seen.notes["rejected_rebill" if transaction == "B3" else "rejected_by_payer"] += 1
    return True


def _who(head, fields, seen):
    """(member id, pharmacy, day of service), with everything that can be wrong with them."""
    problems = fields.problems
    cardholder = fields.one("AM04", "C2")
    fields.need("C2", cardholder)
    relationship, person = fields.one("AM04", "C6"), fields.one("AM04", "C3")
    member = f"{cardholder}-{person:02}" if relationship != 1 and person and person > 1 else cardholder
    pharmacy, filled_on = (
        _of_head(problems, head, name, read) for name, read in (("pharmacy", ID), ("day", COMPACT_DATE))
    )
    present(problems, HEADER_NAMES["pharmacy"], pharmacy)
    if not any(one.field == HEADER_NAMES["day"] for one in problems):
        present(problems, HEADER_NAMES["day"], filled_on)
    not_in_the_future(problems, HEADER_NAMES["day"], filled_on, seen.today)
    not_before_birth(problems, HEADER_NAMES["day"], filled_on, fields.one("AM01", "C4"))
    return member, pharmacy, filled_on


def _of_head(problems, head, name, read):
    try:
        return read.careful(getattr(head, name))
    except FieldFault as fault:
        problems.append(problem(HEADER_NAMES[name], fault.code, f"{fault.message}."))
        return read.careful("")


def _claim(head, fields, told, transaction, seen):
    member, pharmacy, filled_on = _who(head, fields, seen)
    one = fields.one
    is_reversal = transaction == "B2"
    rx_number, fill, partial = one("AM07", "D2"), one("AM07", "D3"), one("AM07", "HD")
    fields.need("D2", rx_number)
    days = supply(fields.problems, fields.version.elements["D5"].name, one("AM07", "D5"), is_reversal=is_reversal)
    ndc = _product(fields)
    if ndc is None:
        ndc = ""
        seen.notes["no_ingredients"] += not is_reversal
    prescriber, quantity = one("AM03", "DB"), one("AM07", "E7")
    own = told.one("AM21", "F3") if told else ""
    meant = next(filter(None, (one(name, "F3") for name in ("AM12", "AM07"))), "")
    money = _money(fields, told)
    after = (one("AM07", "D8"), one("AM07", "DJ"), COMPOUND.get(one("AM07", "D6")), partial, None, _is_340b(fields))
    channel, refills, plan = one("AM07", "U7"), one("AM07", "DF"), one("AM04", "C1")
    is_secondary = one("AM07", "C8") in BILLED_ELSEWHERE
    if fields.problems:
        raise Rejected(fields.problems)
    key = "-".join(filter(None, (pharmacy, rx_number, f"{fill or 0}", f"{filled_on:%Y%m%d}", partial)))
    shared = (
        1,
        member,
        "",
        plan,
        "",
        "",
        pharmacy,
        prescriber,
        filled_on,
        ndc,
        quantity,
        days,
        refills,
        rx_number,
        fill,
        None,
    )

    def row(id, code, authorization, version):
        told = (None, channel, code, "", authorization, version, code == "B2", *after, None, None, "ncpdp_d0")
        return "pharmacy_claim", (id, *shared, *(money if code != "B2" else NO_MONEY), *told)

    rows = []
    if transaction != "B1":
        rows.append(row("-".join(filter(None, ("reversal", key, meant or own))), "B2", meant, int(is_reversal)))
    if not is_reversal:
        is_rebill = transaction == "B3"
        rows.append(
            row("-".join(filter(None, (key, is_rebill and "rebill", own))), transaction, own, 1 if is_rebill else None)
        )
        seen.notes["secondary_coverage"] += is_secondary
        _count(seen.notes, ndc, quantity, days, pharmacy, prescriber)
    return rows


def _count(notes, ndc, quantity, days, pharmacy, prescriber):
    notes["no_days_supply"] += days is None
    notes["no_quantity"] += quantity is None
    if not NDC_OK[ndc]:
        notes["ndc_not_11_digits" if ndc else "no_ndc"] += 1
    if not NPI_OK[pharmacy]:
        notes["pharmacy_ref_not_npi"] += 1
    if not NPI_OK[prescriber]:
        notes["prescriber_ref_not_npi" if prescriber else "no_prescriber"] += 1


def _product(fields):
    """The product; of a compound the most costly ingredient that has an NDC, of equals the first; None when it has none."""
    if COMPOUND.get(fields.one("AM07", "D6")) is not True:
        return fields.one("AM07", "D7")
    kinds, products, costs = (fields.all("AM10", id) for id in ("RE", "TE", "EE"))
    if not kinds:
        product = fields.one("AM07", "D7")
        return product if is_ndc11(product) else None
    if not len(kinds) == len(products) >= len(costs):
        fields.fault("TE", "ingredient_count", "does not stand once for each ingredient.")
        return None
    costs += [0] * (len(products) - len(costs))
    found = [(-(cost or 0), place) for place, cost in enumerate(costs) if kinds[place] in NDC_QUALIFIERS]
    return products[min(found)[1]] if found else None


def _is_340b(fields):
    codes = {code.lstrip("0") for code in fields.all("AM07", "DK")}
    return True if "20" in codes or fields.one("AM11", "DN") in ("08", "8") else None


NO_MONEY = (None,) * 10


def _money(fields, told):
    """paid, allowed, charge, coinsurance, copayment, deductible, usual and customary, ingredient cost, fee, patient."""
    paid = {id: told.one("AM23", id) if told else None for id in ("F9", "F5", "F6", "F7", "4U", "FI", "FH")}
    asked = {id: fields.one("AM11", id) for id in ("DU", "DQ", "D9", "DC")}
    allowed = paid["F9"] + paid["F5"] if None not in (paid["F9"], paid["F5"]) else None
    cost = asked["D9"] if paid["F6"] is None else paid["F6"]
    fee = asked["DC"] if paid["F7"] is None else paid["F7"]
    return (paid["F9"], allowed, asked["DU"], paid["4U"], paid["FI"], paid["FH"], asked["DQ"], cost, fee, paid["F5"])


def _service(head, fields, told, transaction, seen):
    """A service is no fill: a line of a professional claim. What is billed under other than a procedure code has none."""
    member, pharmacy, served_on = _who(head, fields, seen)
    one = fields.one
    number, fill = one("AM07", "D2"), one("AM07", "D3")
    fields.need("D2", number)
    kind, service = one("AM07", "E1"), one("AM07", "D7")
    units, place, provider = one("AM07", "E7"), one("AM01", "C7"), one("AM02", "E9")
    modifiers = distinct(fields.all("AM07", "ER"))
    diagnoses, systems = distinct(fields.all("AM13", "DO")), fields.all("AM13", "WE")
    money = _money(fields, told)
    if fields.problems:
        raise Rejected(fields.problems)
    is_coded = kind in PROCEDURE and len(service) == 5
    seen.notes["service_without_code"] += not is_coded and transaction != "B2"
    system = CODE_SYSTEMS.get(systems[0]) if systems else None
    system = (system or diagnosis_type_on(served_on)) if diagnoses else ""
    id = "-".join(("service", pharmacy, number, f"{fill or 0}", f"{served_on:%Y%m%d}"))
    is_reversal = transaction == "B2"
    row = (id, 1, member, "", one("AM04", "C1"), "professional", "carrier", served_on, served_on, served_on, served_on)
    row += (
        None,
        None,
        "",
        place,
        "",
        "",
        "",
        service if is_coded else "",
        modifiers,
        units,
        provider,
        pharmacy,
        "",
        None,
    )
    row += (
        money[0],
        money[1],
        money[2],
        system,
        diagnoses,
        "",
        (),
        transaction,
        "",
        None,
        is_reversal,
        "ncpdp_d0",
        "",
        "",
    )
    return [("medical_claim", row)]
