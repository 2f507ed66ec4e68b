"""VXU^V04: a row for each RXA that tells a dose.

- RXA-20: CP or empty is a dose, PA one that was partly given; RE (refused) and NA (not given) are none, and neither is
  CVX 998. An update (RXA-21 U) that says so takes the dose back.
- RXA-21: A or empty adds a dose, U changes it, D takes it back.
- A dose is known by its filler order number (ORC-3) with who gave it out; without one (or with 9999, which means none) by
  member, day and vaccine. Several doses under one number are told apart by day and vaccine.
- The version is the time of entry (RXA-22); an update or a deletion without one has the message's time (MSH-7), an addition
  none: sent again in a new message it is a repeat.
"""

from ...fields import CODE, QUANTITY
from ..reading.care import product_code
from ..tuva_csv.clinical import CODE_TYPE, LOT
from .keys import joined, order_id, source_of, system_of, version
from .message import Checks
from .patient import patient_of

STATUSES = {"": "completed", "CP": "completed", "PA": "partial", "RE": "", "NA": ""}
RANKS = {"": 0, "A": 0, "U": 1, "D": 2}
NO_VACCINE = "998"


def rows_of(segments, seen):
    """[(kind, row), ...]. Raises Rejected."""
    checks, msh = Checks(), segments[0]
    pids = [one for one in segments if one.name == "PID"]
    if len(pids) != 1:
        told = pids[1] if pids else msh
        checks.problems.append(_only_one(told, pids))
        checks.end()
    patient = patient_of(pids[0], checks, seen)
    pairs = list(_ordered(segments))
    if not pairs:
        seen.notes["no_dose"] += 1
    orders = [order_id(orc, 3, msh) for _, orc in pairs]
    source = source_of(msh, checks)
    rows = []
    for (rxa, _), order in zip(pairs, orders, strict=True):
        row = _row(rxa, order, orders.count(order) > 1, patient, msh, checks, seen)
        if row is not None:
            rows.append(("immunization", (*row, source)))
    checks.end()
    return rows


def _only_one(segment, pids):
    if pids:
        return segment.problem(1, "repeated", "is a second patient in one message.")
    return segment.problem(9, "no_patient", "announces a patient, and no PID segment follows.")


def _ordered(segments):
    """Each RXA with the ORC before it, if there is one."""
    orc = None
    for segment in segments:
        if segment.name == "ORC":
            orc = segment
        elif segment.name == "RXA":
            yield segment, orc
            orc = None


def _row(rxa, order, is_shared, patient, msh, checks, seen):
    """The row of one RXA without its source, or None when it is no dose."""
    status, action = rxa.text(20).upper(), rxa.text(21).upper()
    for place, told, known in ((20, status, STATUSES), (21, action, RANKS)):
        if told not in known:
            checks.wrong(rxa, place, "unknown_code", f"is not one of {', '.join(filter(None, known))}.")
    given_on = patient.day(checks, rxa, 3, rxa.text(3), seen.today)
    code_type, code = _vaccine(rxa, checks, seen)
    checks.read(rxa, 6, QUANTITY, rxa.text(6))
    lot = checks.read(rxa, 15, LOT, rxa.text(15))
    is_given = bool(STATUSES.get(status)) and code != NO_VACCINE
    is_taken_back = action == "D" or (action == "U" and not is_given)
    times = [(rxa, 22)] if rxa.text(22) or action not in ("U", "D") else [(msh, 7)]
    told = version(checks, times, RANKS.get(action, 0) + (is_taken_back and action == "U"))
    if not (is_given or is_taken_back):
        seen.notes["dose_not_given"] += 1
        return None
    day = given_on.isoformat() if given_on else ""
    told_by = (order,) if order and not is_shared else (order or f"dose|{patient.member_id}", day, code)
    words = STATUSES.get(status, "")
    return (joined(*told_by), patient.member_id, "", given_on, code_type, code, lot, words, told, is_taken_back)


def _vaccine(rxa, checks, seen):
    """RXA-5: the triplet of CVX, the first or the alternate one; else the first that has a code."""
    parts = [*rxa.parts(5), "", "", "", "", "", ""][:6]
    triplets = [(parts[0], parts[2].upper()), (parts[3], parts[5].upper())]
    told = [(code, system) for code, system in triplets if code]
    cvx = [(code, system) for code, system in told if system in ("CVX", "HL70292")]
    if not told:
        checks.needed(rxa, 5, "")
        return "", ""
    if not cvx:
        seen.notes["vaccine_not_cvx"] += 1
    elif len(told) > 1:
        seen.notes["other_vaccine_code"] += 1
    code, system = (cvx or told)[0]
    code_type = "cvx" if cvx else checks.read(rxa, 5, CODE_TYPE, system_of(system))
    return code_type, product_code(code_type, checks.read(rxa, 5, CODE, code))
