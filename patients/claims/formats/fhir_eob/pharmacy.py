"""ExplanationOfBenefit of a pharmacy: one row an item.

A claim that was denied was not dispensed by it: it is a reversal of itself, so that it counts as no fill and undoes what an
earlier version of the same claim said.
"""

from ...checks import not_in_the_future, present, supply
from ...fields import CODE, COUNT, DAYS, LINE_NUMBER, MOMENT, NDC, NDC_OK, NPI_OK, QUANTITY, SHORT
from ..cms_rif.pde import CHANNEL
from .claim import head_of
from .element import Element, code_of, tail
from .money import amounts_of
from .people import id_part, provider_of
from .row import row
from .strict import Number

TYPES = frozenset({"pharmacy", "pde"})
NDC_SYSTEMS = ("ndc", "2.16.840.1.113883.6.69")
# Compound: 406-D6 (0 not stated, 1 no, 2 yes); HL7's invoice types where Blue Button uses them.
COMPOUND = {"1": False, "2": True, "RXDINV": False, "RXCINV": True}
PRESCRIBERS = ("prescribing", "prescriber", "primary")
PARTIAL = frozenset({"P", "C"})
FILL_DAYS = "days_suply_num"
FILL_NUMBER = "fill_num"


def is_pharmacy(eob):
    """By type; without a type that says, by an item with an NDC for its product and a days supply beside it."""
    codes = {code.casefold() for _, code in eob.codings("type")}
    if codes & TYPES:
        return True
    if codes:
        return False
    told = {code for one in eob.many("supportingInfo") for _, code in one.codings("category")}
    return "dayssupply" in told and any(code_of(product_of(item), "", *NDC_SYSTEMS) for item in eob.many("item"))


def rows_of_pharmacy(eob, seen):
    """The rows of a pharmacy's claim, faults on the resource."""
    claim = head_of(eob)
    items = eob.many("item")
    if not items and claim.transaction == "B2":
        items = [
            Element({"sequence": Number("1")}, eob, "item", None, eob.faults)
        ]  # a server may leave them out of a void
    elif not items:
        eob.fault("item", "missing", "is empty: the claim has no product.")
    told = _told(claim)
    return [_row(claim, item, told, seen, is_first=index == 0) for index, item in enumerate(items)]


def _told(claim):
    """What the claim says once for all of its items."""
    eob = claim.eob
    compound = claim.code("compoundcode", "cmpnd_cd")
    status = claim.code("dspnsng_stus_cd")
    contract, pbp = _plan(eob)
    return {
        **claim.identity,
        "plan": "-".join(filter(None, (contract, pbp))),
        "contract": contract,
        "pbp": pbp,
        "pharmacy_ref": _pharmacy(eob),
        "prescriber_ref": _prescriber(eob),
        "refills": claim.number("refillsauthorized", COUNT),
        "rx_number": _rx_number(eob),
        "channel": _channel(claim),
        "daw": claim.code("dawcode", "daw_prod_slctn_cd"),
        "origin": claim.code("rxorigincode", "rx_orgn_cd"),
        "is_compound": COMPOUND.get(compound),
        "dispensing_status": status if status in PARTIAL else "",
    }


def _row(claim, item, told, seen, *, is_first):
    eob = claim.eob
    amounts = amounts_of(*item.many("adjudication"))
    standing = claim.standing
    if claim.is_denied or amounts.is_denied:
        seen.notes["denied"] += 1
        standing |= {"transaction": "B2", "original_claim_id": "", "is_reversal": True}
    is_reversal = standing["is_reversal"]
    quantity = item.part("quantity")
    older = quantity.extensions()
    amount = quantity.number("value", QUANTITY)
    if amount is not None and amount < 0 and not is_reversal:
        quantity.fault("value", "negative_quantity", "is negative on a claim that is not a reversal.")
    told_at = claim.info.get("dayssupply", quantity)
    days = claim.number("dayssupply", DAYS) if "dayssupply" in claim.info else _older(older, FILL_DAYS, DAYS)
    days = supply(eob.faults, told_at.path("valueQuantity.value"), days, is_reversal=is_reversal)
    fill_number = claim.number("refillnum", COUNT) if "refillnum" in claim.info else _older(older, FILL_NUMBER, COUNT)
    filled_on = serviced(item)[0] or claim.starts_on
    present(eob.faults, item.path("servicedDate"), filled_on)
    not_in_the_future(eob.faults, item.path("servicedDate"), filled_on, seen.today)
    product, is_compound = _product(item)
    line = item.number("sequence", LINE_NUMBER)
    present(eob.faults, item.path("sequence"), line)
    _count(claim, seen.notes, filled_on, amount, days, product, told)
    return row(
        "pharmacy_claim",
        **(told | {"is_compound": True} if is_compound else told),
        **standing,
        claim_line=line,
        filled_on=filled_on,
        ndc=product,
        quantity=amount,
        days_supply=days,
        fill_number=fill_number,
        is_in_network=claim.is_in_network if amounts.is_in_network is None else amounts.is_in_network,
        **cents_of(claim, amounts, is_first=is_first),
        patient_pay_cents=_first(amounts, claim, "patient_pay", is_first=is_first),
    )


def cents_of(claim, amounts, *, is_first):
    """The amounts of a line; those that only the claim has stand on its first line, once."""
    names = ("paid", "allowed", "charge", "coinsurance", "copayment", "deductible")
    found = {f"{name}_cents": _first(amounts, claim, name, is_first=is_first) for name in names}
    if found["paid_cents"] is None and is_first:
        found["paid_cents"] = claim.totals.get("payment")
    return found


def _first(amounts, claim, name, *, is_first):
    value = amounts.of(name)
    return claim.totals.of(name) if value is None and is_first else value


def serviced(item):
    """First and last day of an item."""
    if "servicedDate" in item.data:
        day = item.read("servicedDate", MOMENT)
        return day, day
    period = item.part("servicedPeriod")
    return period.read("start", MOMENT), period.read("end", MOMENT)


def _older(extensions, name, reader):
    """What Blue Button's older release says beside the quantity."""
    told = extensions.get(name)
    return None if told is None else told.part("valueQuantity").number("value", reader)


def product_of(item):
    """The concept of the product or service; `service` in the older release."""
    return item.part("productOrService" if "productOrService" in item.data else "service")


def _product(item):
    """(NDC, whether it is a compound). Of a compound, the NDC of its first ingredient that has one."""
    concept = product_of(item)
    ndc = concept.checked("coding", code_of(concept, "", *NDC_SYSTEMS), NDC)
    if not any(code.casefold() == "compound" for _, code in concept.codings()):
        return ndc, False
    for detail in item.many("detail"):
        ingredient = detail.part("productOrService")
        if code := ingredient.checked("coding", code_of(ingredient, "", *NDC_SYSTEMS), NDC):
            return code, True
    return ndc, True


def _plan(eob):
    """Contract and plan of a Part D event."""
    for insurance in eob.many("insurance", or_one=True):
        extensions = insurance.part("coverage").extensions()
        if "plan_cntrct_rec_id" in extensions:
            return tuple(
                extensions[name].part("valueIdentifier").read("value", CODE) if name in extensions else ""
                for name in ("plan_cntrct_rec_id", "plan_pbp_rec_num")
            )
    return "", ""


def _pharmacy(eob):
    for name in ("facility", "provider", "organization"):
        if found := provider_of(eob, eob.part(name)):
            return found
    return ""


def _prescriber(eob):
    """The prescriber of the care team, by role; the order of PRESCRIBERS decides."""
    by_role = {}
    for member in eob.many("careTeam"):
        for _, role in member.codings("role"):
            by_role.setdefault(role.casefold(), member)
    return next(
        (provider_of(eob, by_role[role].part("provider")) for role in PRESCRIBERS if role in by_role),
        "",
    )


def _rx_number(eob):
    """The identifier of Blue Button's prescription, else what the prescription's reference says."""
    for identifier in eob.many("identifier"):
        if tail(identifier.string("system")) == "rx_srvc_rfrnc_num":
            return identifier.read("value", SHORT)
    prescription = eob.part("prescription")
    if number := prescription.part("identifier").read("value", SHORT):
        return number
    target = prescription.string("reference")
    if target.startswith("#"):
        found = (one.read("value", SHORT) for one in eob.contained(target).many("identifier"))
        return next(filter(None, found), "")
    return prescription.checked("reference", id_part(target), SHORT)


def _channel(claim):
    told = claim.eob.part("facility").extensions().get("phrmcy_srvc_type_cd")
    if told is not None:
        return told.part("valueCoding").read("code", CHANNEL)
    info = claim.info.get("phrmcy_srvc_type_cd")
    return "" if info is None else info.checked("code", code_of(info, "code"), CHANNEL)


def _count(claim, notes, filled_on, quantity, days, ndc, told):
    notes["no_days_supply"] += days is None
    notes["no_quantity"] += quantity is None
    notes["no_paid_date"] += claim.paid_on is None
    notes["paid_before_service"] += None not in (claim.paid_on, filled_on) and claim.paid_on < filled_on
    if not NDC_OK[ndc]:
        notes["ndc_not_11_digits" if ndc else "no_ndc"] += 1
    for who in ("pharmacy", "prescriber"):
        ref = told[f"{who}_ref"]
        if not NPI_OK[ref]:
            notes[f"{who}_ref_not_npi" if ref else f"no_{who}"] += 1
