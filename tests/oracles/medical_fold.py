"""Which medical claims stand, and what was paid for them, said again in plain Python from the words of fold.py and payments.py.

Events are pairs of a clean row (dict) and its digest, which breaks ties and is all that the two folds share.
"""

from collections import defaultdict

RANKS = ("paid", "denied", "reversed")


def record_of(number, provider):
    return f"{number}|{provider}" if provider else number


def key(row):
    return record_of(row["claim_id"], row["number_of"]), row["claim_line"]


def is_original(row):
    return not row["is_reversal"]


def is_replacement(row):
    return row["transaction"] == "B3" and not row["is_reversal"]


def npi(text):
    return text if len(text) == 10 and text.isdigit() else ""


def agreement(paid, claim):
    """How well a payment and a claim of one number agree; 0: not at all."""
    who = paid["member_id"]
    same_member = bool(who) and (claim["member_id"] == who or claim["member_id"].startswith(f"{who}-"))
    ours, theirs = npi(claim["billing_ref"]), npi(paid["payee_ref"])
    if not claim["number_of"]:
        told = 5
    elif ours and theirs:
        told = 6 if ours == theirs else 0
    elif claim["billing_tax_ref"] and paid["payee_tax_ref"]:
        told = 4 if claim["billing_tax_ref"] == paid["payee_tax_ref"] else 0
    else:
        told = 2
    return told + same_member


def claim_of(paid, claims):
    """The record that a payment belongs to, or ''."""
    found = defaultdict(int)
    for claim in claims:
        if claim["claim_id"] == paid["claim_id"]:
            found[key(claim)[0]] = max(found[key(claim)[0]], agreement(paid, claim))
    best = max(found.values(), default=0)
    mine = [record for record, agrees in found.items() if agrees == best and best]
    return mine[0] if len(mine) == 1 else ""


def meant(row, payments, of):
    """The records on which a claim acts that names another, its own among them."""
    named = {of[digest] for digest, paid in payments.items() if paid["payer_claim_id"] == row["original_claim_id"]} - {
        ""
    }
    return {key(row)[0]} | (named or {record_of(row["original_claim_id"], row["number_of"])})


def stand(claims, payments, known):
    """{(record, line): (state, version, paid cents or None, allowed, patient, adjustments, remarks, paid on)}. `claims`, `payments`:
    (row, digest) of events; `known`: ids of members."""
    claims, payments = {digest: row for row, digest in claims}, {digest: row for row, digest in payments}
    of = {digest: claim_of(paid, claims.values()) for digest, paid in payments.items()}
    lines = defaultdict(list)
    for digest, row in claims.items():
        lines[key(row)].append((row, digest))
    best = {}
    for where, found in lines.items():
        originals = [(row, digest) for row, digest in found if is_original(row)]
        if originals:
            best[where] = min(originals, key=lambda e: (-(e[0]["version"] or 0), not is_replacement(e[0]), e[1]))
    hits, hitting = _effects(claims, payments, of, best)
    told = {}
    for where, found in lines.items():
        if where in best:
            row, version = best[where][0], best[where][0]["version"] or 0
            against = max(hits[where], default=None)
            is_reversed = against is not None and against >= version
            state = "reversed" if is_reversed else "paid" if row["member_id"] in known else "waiting"
            told[where] = (state, against if is_reversed else version, row)
        elif where not in hitting:
            row, _ = min(found, key=lambda e: (-(e[0]["version"] or 0), e[1]))
            told[where] = ("reversed_pending", row["version"] or 0, row)
    return _with_payments(told, payments, of)


def _effects(claims, payments, of, best):
    """({line: versions of what acts on it}, lines that act on something)."""
    hits, hitting = defaultdict(list), set()
    for row in claims.values():
        where, version = key(row), row["version"] or 0
        if row["is_reversal"] and where in best:
            hits[where].append(version)
            hitting.add(where)
        if (row["is_reversal"] or is_replacement(row)) and row["original_claim_id"]:
            targets = meant(row, payments, of)
            for line in best:
                if line[0] in targets:
                    is_own = is_replacement(row) and line[0] == where[0]
                    hits[line].append(version - 1 if is_own else version)
                    hitting.add(where)
    return hits, hitting


def _with_payments(told, payments, of):
    in_force = {}
    for digest, paid in payments.items():
        where = paid["payment_id"], paid["claim_line"]
        if where not in in_force or (-paid["version"], digest) < in_force[where][:2]:
            in_force[where] = (-paid["version"], digest, paid)
    by_record = defaultdict(list)
    for _, digest, paid in sorted(in_force.values(), key=lambda e: (e[2]["payment_id"], e[2]["claim_line"])):
        if of[digest]:
            by_record[of[digest]].append(paid)
    found = {}
    for (record, line), (state, version, row) in told.items():
        known = sorted(each for name, each in told if name == record)
        mine = by_record[record]
        found[record, line] = _line(state, version, row, line, known, mine)
    return found


def _line(state, version, row, line, known, mine):
    """What stands of one line, with the payments of its claim."""
    if not mine:
        return (state, version, row["paid_cents"], None, None, (), (), None)
    concerns = [p for p in mine if p["claim_line"] == line or (line == known[0] and p["claim_line"] not in known)]
    paid = sum(p["paid_cents"] for p in concerns)
    last = max(mine, key=lambda p: (p["version"], p["decision"] != "reversed", p["decision"] == "paid"))
    if last["version"] < version:
        return (state, version, paid, None, None, (), (), None)
    final = [p for p in concerns if (p["version"], p["decision"]) == (last["version"], last["decision"])]
    allowed = [p["allowed_cents"] for p in final if p["allowed_cents"] is not None]
    patient = [
        p["patient_cents"]
        for p in mine
        if (p["version"], p["decision"]) == (last["version"], last["decision"]) and p["patient_cents"] is not None
    ]
    return (
        last["decision"] if state == "paid" else state,
        version,
        paid,
        sum(allowed) if allowed else None,
        sum(patient) if patient and line == known[0] else None,
        tuple(sorted(each for p in final for each in p["adjustments"])),
        tuple(sorted({each for p in final for each in p["remarks"]})),
        last["paid_on"],
    )
