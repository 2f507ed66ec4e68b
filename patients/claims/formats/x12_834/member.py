"""One member of an 834 -> a row for each span of coverage, or one that tells only who the member is.

A span is known by member, first day and plan. What an 834 says without the first day (an end, 024) is a row without a first
day and with an end: it ends the span that is open on that day (members.COVER). A member who is reinstated (025) without a coverage,
or with one that does not say its first day, gets such a row with an end that never comes, or the end told with it, which takes
the place of the ends told before. A span that was never in force (002, or an end before its beginning) is a row that ends the
day before it begins.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from ...checks import not_before_birth, not_in_the_future
from ...fields import CODE, ID, NAME, SHORT, X12_DATE, X12_END, Cached, Text, one_of
from ...records import NO_END, REFERENCE
from ..reading.family import dependant_id
from ..reading.x12 import Taken, first_of, place
from ..tuva_csv.pharmacy_claim import PLAN_PARTS

COVERED = {
    "AH": "around-the-clock care", "AJ": "Medicare risk", "EPO": "exclusive provider organisation", "HLT": "health",
    "HMO": "health maintenance organisation", "MM": "major medical", "MOD": "mail-order drugs", "PDG": "prescription drugs",
    "POS": "point of service", "PPO": "preferred provider organisation",
}  # fmt: skip
"""Insurance lines (HD03) that become spans: medical and drug coverage. Dental, vision, hearing, mental health alone, long-term
care, disability, single facilities and practitioners do not."""
ADD, CHANGE, DELETE, END = "add", "change", "delete", "end"
MAINTENANCE = Cached(
    one_of(
        {
            "": "",
            "001": CHANGE,
            "002": DELETE,
            "021": ADD,
            "024": END,
            "025": ADD,
            "026": CHANGE,
            "030": ADD,
            "032": CHANGE,
        }
    )
)
SEX = Cached(one_of({"F": "female", "M": "male"}, otherwise="unknown"))
IS_SUBSCRIBER = Cached(one_of({"": "", "Y": "Y", "N": "N"}))
ADDRESS = Text(200)
OWN_IDS = frozenset(["ZZ", "MI", "II"])
"""Qualifiers of an id that the payer gave (NM108). 34 is a social security number, which is never read."""
FIRST_CODE = re.compile("[A-Za-z0-9-]*")
"""The first of repeated codes, whatever sign parts them."""
PHONES = ("HP", "TE", "CP", "WP")
DISABILITY, KIDNEY_FAILURE = "1", "2"
REINSTATED = "025"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Member:
    """The segments of a member (INS first), and of the header what concerns him: version, group, sponsor."""

    segments: list
    version: int
    group: object
    sponsor: object
    stray: object


def build(member, seen):
    take = Taken()
    top, coverages = parted(member.segments)
    if member.stray is not None:
        take.fault("member", "unknown_segment", f"holds segment {member.stray.number}, which no member has.")
    who = _who(take, member, top, seen)
    spans = [span for hd in coverages if hd[0].get(3) in COVERED for span in _span(take, member.segments[0], top, hd)]
    if not spans:
        spans = _whole(take, member.segments[0], top, has_coverage=bool(coverages))
    for _, starts_on, ends_on in spans:
        born_on = who["born_on"]
        not_before_birth(take.problems, "DTP03 (348)", starts_on, born_on and born_on.replace(day=1))
        seen.notes["ends_what_began_before"] += starts_on is None and ends_on not in (None, NO_END)
        seen.notes["no_coverage"] += starts_on is None and ends_on is None
    take.judge()
    rows = [("eligibility", _row(member, who, *span)) for span in spans]
    return [*rows, *(("eligibility", _reference(who, former)) for former in who["former_ids"])]


def parted(segments):
    """(what concerns the member, [the segments of each coverage]). Reporting categories (LS to LE), other insurers (COB) and
    providers (LX) are left out."""
    top, coverages = [], []
    here, is_report = top, False
    for s in segments:
        if s.id in ("LS", "LE"):
            is_report = s.id == "LS"
        elif s.id == "HD":
            here = []
            coverages.append(here)
        elif s.id in ("LX", "COB"):
            here = None
        if here is not None and not is_report:
            here.append(s)
    return top, coverages


def _who(take, member, top, seen):
    """Who the member is, by column."""
    ins, name, prior = top[0], first_of(top, "NM1", "IL", "74"), first_of(top, "NM1", "70")
    own, of_prior = _of(top, name), _of(top, prior)
    top = [s for s in top if s not in of_prior]
    of_type = {s.id: s for s in reversed(own)}
    dmg, n3, n4 = of_type.get("DMG"), of_type.get("N3"), of_type.get("N4")
    medicare = ins.parts(6) if ins.get(6) else ("",)
    who = {
        "subscriber_id": take.read(first_of(top, "REF", "0F"), 2, ID, of="0F"),
        "first_name": take.read(name, 4, NAME),
        "middle_name": take.read(name, 5, NAME),
        "last_name": take.read(name, 3, NAME),
        "name_suffix": take.read(name, 7, SHORT),
        "sex": take.read(dmg, 3, SEX),
        "race": take.value("DMG05", FIRST_CODE.match(dmg.parts(5)[0])[0], SHORT) if dmg is not None else "",
        "born_on": take.read(dmg, 2, X12_DATE),
        "died_on": take.read(ins, 12, X12_DATE),
        "medicare_status": take.value("INS06", medicare[0], CODE),
        "original_reason": take.value("INS06", medicare[1], CODE) if len(medicare) > 1 else "",
        "group_id": take.read(first_of(top, "REF", "1L"), 2, SHORT, of="1L") or take.read(member.group, 2, SHORT, of="38"),
        "group_name": take.read(member.sponsor, 2, NAME, of="P5"),
        "address": take.value("N3", " ".join(filter(None, (n3.get(1), n3.get(2)))), ADDRESS) if n3 is not None else "",
        "city": take.read(n4, 1, NAME),
        "state": take.read(n4, 2, SHORT),
        "zip": take.read(n4, 3, SHORT),
    } | _contact(take, own)  # fmt: skip
    if not ins.get(3):
        take.fault("INS03", "missing", "does not say what happens to the member.")
    who["member_id"], who["person_id"] = _ids(take, top, name, who)
    who["former_ids"] = _former(take, top, name, prior, of_prior, who)
    not_in_the_future(take.problems, "DMG02", who["born_on"], seen.today)
    not_in_the_future(take.problems, "INS12", who["died_on"], seen.today)
    not_before_birth(take.problems, "INS12", who["died_on"], who["born_on"])
    seen.notes["no_birth_date"] += who["born_on"] is None
    return who


def _of(top, name):
    """The segments that follow a name, up to the next one."""
    if name is None:
        return []
    after = top[top.index(name) + 1 :]
    return after[: next((at for at, s in enumerate(after) if s.id == "NM1"), len(after))]


def _ids(take, top, name, who):
    """(member id, person id). A subscriber goes by his own id or the subscriber's number, and is found by either; a dependant by his
    own id, else as family.py says: never by the number of the subscriber. The Medicare id (REF*F6) is the person's."""
    is_subscriber = take.read(top[0], 1, IS_SUBSCRIBER)
    if not top[0].get(1):
        take.fault("INS01", "missing", "does not say whether the member is the subscriber.")
    if not who["subscriber_id"]:
        take.fault("REF02 (0F)", "missing", "is empty, and is needed.")
    own = _own_id(take, name)
    medicare_id = take.read(first_of(top, "REF", "F6"), 2, ID, of="F6")
    if is_subscriber == "Y":
        return own or who["subscriber_id"], medicare_id or (who["subscriber_id"] if own else "")
    if own:
        return own, medicare_id
    derived = dependant_id(who["subscriber_id"], who["born_on"], who["first_name"])
    if who["subscriber_id"] and not derived:
        take.fault(
            "NM1 (IL)", "member_unclear", "has no id of its own, or no birth date or first name to know the person by."
        )
    return derived, medicare_id


def _own_id(take, name):
    return take.read(name, 9, ID, of=name.get(1)) if name is not None and name.get(8) in OWN_IDS else ""


def _former(take, top, name, prior, of_prior, who):
    """The ids by which the member was known before, each once. A prior number (REF*Q4, or REF*0F under the prior incorrect insured)
    is of the same kind as the id of today; the id of the prior incorrect insured (NM1*70) is his own. What else was incorrect of
    him, a name or a birth date, makes no id: twins differ by nothing else."""
    numbers = [
        take.read(first_of(top, "REF", "Q4"), 2, ID, of="Q4"),
        take.read(first_of(of_prior, "REF", "Q4", "0F"), 2, ID, of="70"),
    ]
    if top[0].get(1) != "Y" and not _own_id(take, name):
        numbers = [number and dependant_id(number, who["born_on"], who["first_name"]) for number in numbers]
    found = dict.fromkeys([*numbers, _own_id(take, prior)])
    return [id for id in found if id and id != who["member_id"]]


def _contact(take, own):
    """Phone and e-mail, from the pairs of PER."""
    said = {
        s.get(at): (place(s, at + 1), s.get(at + 1)) for s in own if s.id == "PER" for at in (3, 5, 7) if s.get(at + 1)
    }
    phone = next((said[kind] for kind in PHONES if kind in said), ("PER04", ""))
    return {"phone": take.value(*phone, SHORT), "email": take.value(*said.get("EM", ("PER04", "")), ADDRESS)}


def _span(take, ins, top, hd):
    """[(plan, first day, last day)] of one coverage."""
    does = take.read(hd[0], 1, MAINTENANCE) or take.read(ins, 3, MAINTENANCE)
    line, plan = hd[0].get(3), take.read(hd[0], 4, SHORT)
    if not PLAN_PARTS[plan][0]:
        plan = f"{line} {plan}".strip()[:60]
    starts_on, ends_on = _day(take, hd, X12_DATE, "348"), _day(take, hd, X12_END, "349")
    if does == END:
        return [_ended(take, plan, starts_on, ends_on or _day(take, top, X12_END, "357") or _day(take, hd, X12_END, "303")
                       or _day(take, top, X12_END, "303"))]  # fmt: skip
    if does == ADD:
        starts_on = starts_on or _day(take, top, X12_DATE, "356")
    if starts_on is None and _goes_on(ins, hd[0], does):
        return [(plan, None, ends_on or NO_END)]
    if does == CHANGE and starts_on is None:
        return []
    if starts_on is None:
        take.fault("DTP03 (348)", "missing", "is empty, and is needed.")
    elif does == DELETE:
        ends_on = starts_on - ONE_DAY
    elif ends_on is not None and ends_on < starts_on:
        take.fault("DTP03 (349)", "end_before_start", "is before DTP03 (348).")
    return [(plan, starts_on, ends_on)]


def _goes_on(ins, hd, does):
    """Whether a coverage without its first day is reinstated: it says so itself, or only the member does and it is no addition."""
    told = hd.get(1)
    return told == REINSTATED or (ins.get(3) == REINSTATED and does in (ADD, CHANGE) and told != "021")


def _ended(take, plan, starts_on, ends_on):
    """An end (024) needs its day. One that lies before the beginning takes the whole span away."""
    if ends_on is None:
        take.fault("DTP03 (349)", "missing", "is empty, and an end of coverage needs it.")
    elif starts_on is not None:
        ends_on = max(ends_on, starts_on - ONE_DAY)
    return plan, starts_on, ends_on


def _whole(take, ins, top, *, has_coverage):
    """A member without a coverage of interest: who he is; and where the member himself is ended (024) that all of it ended, or
    where he is reinstated (025) that it goes on."""
    does = take.read(ins, 3, MAINTENANCE)
    if ins.get(3) == REINSTATED and not has_coverage:
        return [("", None, NO_END)]
    if does == END and not has_coverage:
        return [_ended(take, "", None, _day(take, top, X12_END, "357") or _day(take, top, X12_END, "303"))]
    return [("", None, None)]


def _day(take, segments, reader, qualifier):
    found = first_of(segments, "DTP", qualifier)
    return take.read(found, 3, reader, of=qualifier)


def _row(member, who, plan, starts_on, ends_on):
    contract, pbp = PLAN_PARTS[plan]
    texts = f"{plan} {who['group_name']}".upper()
    line = "medicare" if contract or plan.startswith("AJ") else "medicaid" if "MEDICAID" in texts else "commercial"
    reason = who["original_reason"]
    return (
        (
            who["member_id"],
            who["person_id"],
            who["subscriber_id"],
            who["sex"],
            who["race"],
            "",
            who["born_on"],
            who["died_on"],
        )
        + (starts_on, ends_on, line, plan, contract, pbp, reason, "", who["medicare_status"], "")
        + (False, reason == KIDNEY_FAILURE, False, reason == DISABILITY, None, who["group_id"], who["group_name"])
        + (who["first_name"], who["middle_name"], who["last_name"], who["name_suffix"])
        + (who["address"], who["city"], who["state"], who["zip"], who["phone"], who["email"], member.version, "", "")
    )


def _reference(who, former):
    """A former id as a second id of the member: both are one person."""
    return (
        (who["member_id"], former, "", "unknown", "", "", None, None, None, None, "other", "", "", "", "", "", "", "")
        + (None, None, None, None, None, "", "", "", "", "", "", "", "", "", "", "", "", None, REFERENCE, "")
    )  # fmt: skip
