"""ORU^R01: a row for each OBX that tells a result: vital signs become observations, everything else lab results.

- OBX-3: the triplet of LOINC (LN), the first or the alternate one; else the first that has a code, of whatever system.
- OBX-5 by OBX-2: NM must be a number, before which laboratories write < and > as well; SN is written together (>100, 1:128);
  coded values give their words, else their code; texts, dates and times are kept as they are; documents and pictures (ED, RP)
  are kept without content, and counted.
- The day: OBX-14, else OBR-7.
- OBX-11: F, U and empty are final, P, R, S and V preliminary, C and A corrected. D, W and X take the result back. I, N and O
  tell no result yet: they are counted.
- A result is known by its order (OBR-3, else ORC-3, OBR-2, ORC-2) with who gave the number out, OBR-4, OBX-3 and OBX-4;
  without an order by member, time, OBX-3 and OBX-4. The same again in one group is told apart by counting.
- The version is when the status changed (OBR-22); a correction or deletion without one has the message's time (MSH-7),
  other results none: sent again in a new message they are repeats.
"""

import re

from ...checks import Rejected
from ...fields import CODE, LONG, SHORT
from ...records import words
from ..tuva_csv.clinical import CODE_TYPE
from .keys import joined, order_id, source_of, system_of, version
from .message import Checks
from .patient import patient_of

# LOINC codes of vital signs: blood pressure (also sitting, standing, lying, mean, palpated), pulse, breathing, temperature,
# oxygen saturation, height, weight, body mass index, head circumference.
VITAL_SIGNS = frozenset(
    words(
        "8480-6 8462-4 85354-9 55284-4 8459-0 8460-8 8461-6 8453-3 8454-1 8455-8 8478-0 8479-8 75997-7 76534-7 76535-4"
    )
    + words("8867-4 8893-0 76282-3 9279-1 8310-5 8331-1 8332-9 8333-7 8328-7 76011-6 2708-6 59408-5 20564-1")
    + words("8302-2 3137-7 3138-5 8301-4 8306-3 29463-7 3141-9 3142-7 8335-2 75292-3 39156-5 59574-4 9843-4 8287-5")
)
FINAL, EARLY, CORRECTED = "final", "preliminary", "corrected"
STATUSES = {"": FINAL, "F": FINAL, "U": FINAL, "P": EARLY, "R": EARLY, "S": EARLY, "V": EARLY, "C": CORRECTED}
STATUSES |= {"A": CORRECTED}
TAKEN_BACK = frozenset("DWX")
PENDING = frozenset("INO")
RANKS = {EARLY: 0, FINAL: 1, CORRECTED: 2, "": 3}
NUMBER = re.compile(r"(?:[<>]=? ?)?[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
CODED = frozenset(words("CE CWE CNE CF"))
RUNNING_TEXT = frozenset(words("TX FT ST"))
DOCUMENTS = frozenset(words("ED RP"))
TYPES = CODED | RUNNING_TEXT | DOCUMENTS
TYPES |= frozenset(
    words("NM SN DT TM TS DTM IS ID SI NR MO CQ CX EI XCN XPN XTN XAD XON CP CK HD DR PN CN AD TN MA NA")
)


def rows_of(segments, seen):
    """[(kind, row), ...]. Raises Rejected."""
    checks, msh = Checks(), segments[0]
    _check_whole(segments)
    source = source_of(msh, checks)
    rows, keys = [], {}
    for obx, group, patient in _told(segments, checks, seen):
        found = _row(obx, group, patient, checks, seen)
        if found is not None:
            kind, key, row = found
            keys[key] = keys.get(key, 0) + 1
            key = joined(key, f"#{keys[key]}") if keys[key] > 1 else joined(key)
            rows.append((kind, (key, *row, source)))
    checks.end()
    if not rows:
        seen.notes["no_results"] += 1
    return rows


def _check_whole(segments):
    names = {one.name for one in segments}
    for name, code, what in (("PID", "no_patient", "a patient"), ("OBR", "no_order", "results of an order")):
        if name not in names:
            raise Rejected([segments[0].problem(9, code, f"announces {what}, and no {name} segment follows.")])


def _told(segments, checks, seen):
    """Each OBX with what stands before it: (segment, group, patient)."""
    patient, orc, obr = None, None, None
    for segment in segments:
        if segment.name == "PID":
            patient, orc, obr = patient_of(segment, checks, seen), None, None
        elif segment.name == "ORC":
            orc, obr = segment, None
        elif segment.name == "OBR":
            orc, obr = (None, segment) if obr is not None else (orc, segment)
        elif segment.name == "OBX" and patient is not None and obr is not None:
            yield segment, _Group(segments[0], orc, obr), patient
        elif segment.name == "OBX":
            seen.notes["result_without_order"] += 1


class _Group:
    """What stands before an OBX: the header, the order, the order's details."""

    def __init__(self, msh, orc, obr):
        self.msh = msh
        self.obr = obr
        places = ((obr, 3), (orc, 3), (obr, 2), (orc, 2))
        self.order = next(filter(None, (order_id(segment, place, msh) for segment, place in places)), "")


def _row(obx, group, patient, checks, seen):
    """(kind, key, row without id and source), or None when there is no result."""
    status = obx.text(11).upper()
    if status in PENDING:
        seen.notes["result_pending"] += 1
        return None
    if status not in STATUSES and status not in TAKEN_BACK:
        checks.wrong(obx, 11, "unknown_code", "is not a status of table 0085.")
    if not status:
        seen.notes["no_result_status"] += 1
    words_, is_taken_back = STATUSES.get(status, ""), status in TAKEN_BACK
    code_type, code = _coded(obx, checks)
    timed, place = (obx, 14) if obx.text(14) or not group.obr.text(7) else (group.obr, 7)
    day = patient.day(checks, timed, place, timed.text(place), seen.today)
    result = _result(obx, checks, seen)
    if not result and status == "U":  # final without the words, which came before
        seen.notes["result_pending"] += 1
        return None
    if not result and not is_taken_back:
        seen.notes["no_result"] += 1
    units = checks.read(obx, 6, SHORT, next(filter(None, obx.parts(6)), ""))
    is_changed = words_ == CORRECTED or is_taken_back
    times = [(group.obr, 22)] if group.obr.text(22) or not is_changed else [(group.msh, 7)]
    told = version(checks, times, RANKS[words_])
    if group.order:
        key = "|".join((group.order, group.obr.text(4), code, obx.text(4)))
    else:
        key = "|".join(("result", patient.member_id, timed.text(place), code, obx.text(4)))
    if code_type == "loinc" and code in VITAL_SIGNS:
        row = (patient.member_id, "", day, "vital-signs", code_type, code, result, units, told, is_taken_back)
        return "observation", key, row
    flag = checks.read(obx, 8, CODE_TYPE, obx.text(8))
    row = (patient.member_id, "", day, code_type, code, result, units, flag, words_, told, is_taken_back)
    return "lab_result", key, row


def _coded(obx, checks):
    parts = [*obx.parts(3), "", "", "", "", "", ""][:6]
    told = [(code, system.upper()) for code, system in ((parts[0], parts[2]), (parts[3], parts[5])) if code]
    if not told:
        checks.needed(obx, 3, "")
        return "", ""
    code, system = next((one for one in told if one[1] == "LN"), told[0])
    return checks.read(obx, 3, CODE_TYPE, system_of(system)), checks.read(obx, 3, CODE, code)


def _result(obx, checks, seen):
    """The value in words. Several repetitions are put one after the other."""
    type_, values = obx.text(2).upper(), obx.repetitions(5)
    if not any(any(parts) for parts in values):
        return ""
    if not type_:
        checks.needed(obx, 2, "")
    elif type_ not in TYPES:
        checks.wrong(obx, 2, "unknown_code", "is not a type of value.")
    elif type_ in DOCUMENTS:
        seen.notes["result_not_text"] += 1
        return ""
    told = [one for one in (_value(type_, parts) for parts in values) if one]
    if type_ == "NM" and not all(NUMBER.fullmatch(one) for one in told):
        checks.wrong(obx, 5, "not_a_number", "is not a number, as OBX-2 says.")
    result = ("\u0020" if type_ in RUNNING_TEXT else "; ").join(told)
    if type_ in RUNNING_TEXT:
        result = " ".join(result.split())
        if len(result) > LONG.longest:
            seen.notes["result_shortened"] += 1
            result = result[: LONG.longest].rstrip()
    return checks.read(obx, 5, LONG, result)


def _value(type_, parts):
    if type_ in CODED:
        padded = [*parts, "", "", "", "", ""]
        original = parts[8] if len(parts) > 8 else ""
        return padded[1] or original or padded[0] or padded[4] or padded[3]
    if type_ == "SN":
        return "".join(parts[:4])
    return parts[0] if type_ not in RUNNING_TEXT else " ".join(filter(None, parts))
