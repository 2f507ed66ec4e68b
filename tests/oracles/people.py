"""Whose ids are one person's, said again in plain Python from the words of identity_rules.py: sets that grow until they do not."""

from datetime import date

from patients.claims.records import REFERENCE

EVER = date.max


def one_person(rows, same=(), different=()):
    """([set of ids], former ids) of rows (dicts of eligibility in force, the newest first), and of rulings (pairs of ids)."""
    pairs = {(r["member_id"], r["person_id"], r["source"] == REFERENCE) for r in rows if r["person_id"]}
    pairs = {(m, p, kind) for m, p, kind in pairs if m != p}
    apart = {frozenset(pair) for pair in different}
    numbers = {p for _, p, _ in pairs}
    split = {p for p in numbers if any(frozenset((a, b)) in apart for a in beside(p, pairs) for b in beside(p, pairs))}
    pairs = {(m, p, kind) for m, p, kind in pairs if p not in split and frozenset((m, p)) not in apart}
    sure = grown([{m, p} for m, p, is_reference in pairs if is_reference] + [set(pair) for pair in same])
    told = {r["member_id"]: said_under(r["member_id"], rows) for r in rows}
    shared = []
    for number in numbers - split:
        ids = {m for m, p, is_reference in pairs if p == number and not is_reference}
        if not ids or len(ids | {number}) > 20:
            continue
        members = [i for i in ids | {number} if i in told]
        if all(alike(told[a], told[b]) or any({a, b} <= g for g in sure) for a in members for b in members if a != b):
            shared.append(ids | {number})
    ids = {r["member_id"] for r in rows} | {r["person_id"] for r in rows} - {""} | {i for pair in same for i in pair}
    return grown(sure + shared + [{i} for i in ids]), {p for _, p, is_reference in pairs if is_reference}


def beside(number, pairs):
    return [m for m, p, _ in pairs if p == number]


def grown(sets):
    found = [set(s) for s in sets]
    for _ in range(len(found)):
        for one in found:
            for other in found:
                if one is not other and one & other:
                    one |= other
                    other |= one
    return [set(s) for s in {frozenset(s) for s in found}]


def said_under(member, rows):
    mine = [r for r in rows if r["member_id"] == member]
    return {
        name: next((r[name] for r in mine if r[name] and r[name] != "unknown"), None)
        for name in ("born_on", "sex", "first_name", "name_suffix")
    }


def alike(one, other):
    return all(not one[n] or not other[n] or str(one[n]).lower() == str(other[n]).lower() for n in one)


def id_of_today(ids, rows, former):
    """Of the ids that have eligibility; None if none has."""
    mine = [r for r in rows if r["member_id"] in ids]
    here = {r["member_id"] for r in mine}
    if not here:
        return None
    standing = here - former or here

    def newest(member):
        spans = [r for r in mine if r["member_id"] == member and r["starts_on"]]
        return (
            max((r["starts_on"] for r in spans), default=date.min),
            max((r["ends_on"] or EVER for r in spans), default=date.min),
        )

    best = max(map(newest, standing))
    return min(m for m in standing if newest(m) == best)
