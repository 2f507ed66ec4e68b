"""Records that may be one person's: suggested by fixed rules, each with what agrees, what differs, and why to be careful.

Nothing is united by these rules: a person decides, and what was decided is not suggested again. People born on one day are
compared, payer by payer. Twins have other first names, and are suggested only where the payer itself puts one number beside both.
"""

# ruff: noqa: S608 - the parts put together are SQL of this file, never what a feed says
from dataclasses import dataclass

from django.db import connection

from patients.models import Coverage, Member

from .formats.reading.family import NO_NAME, letters
from .identity_rules import LARGEST_GROUP

RULES = {
    "same_name": "Same name, birth date and sex under two ids.",
    "shared_number": "The payer puts one number beside both, and they differ: they were not united.",
    "other_last_name": "Same first name, birth date and sex, and the same address or phone: the last name may have changed.",
    "short_name": "Same last name, birth date and sex, and one first name is the beginning of the other.",
}
MOST = 200
ONLY = "lower(regexp_replace({0}, '[^[:alpha:]]', '', 'g'))"
FOUND = f"""
with people as materialized (
    select m.payer_id, m.id, m.member_id, p.born_on, p.sex, p.phone, p.zip,
           {ONLY.format("p.first_name")} as first, {ONLY.format("p.last_name")} as last,
           lower(regexp_replace(p.address, '[^[:alnum:]]', '', 'g')) as address
      from patients_member m join patients_patient p on p.id = m.patient_id
     where m.payer_id = any(%(payers)s) and m.merged_into_id is null and p.born_on is not null
), said as materialized (
    select distinct e.payer_id, e.person_id, e.patient_id
      from claims_eligibilityevent e
     where e.payer_id = any(%(payers)s) and e.person_id <> '' and e.person_id <> e.member_id
       and not e.is_withdrawn and e.standing = 'paid'
), beside as (
    select payer_id, person_id, member, count(*) over (partition by payer_id, person_id) as many
      from (select s.payer_id, s.person_id, m.id as member
              from said s
              join patients_member m on m.payer_id = s.payer_id and m.patient_id = s.patient_id and m.merged_into_id is null
             union
            select s.payer_id, s.person_id, m.id
              from said s
              join patients_member m on m.payer_id = s.payer_id and m.member_id = s.person_id collate "default"
                                    and m.merged_into_id is null) each
), found as (
    select a.id as one, b.id as other,
           case when a.first = b.first and a.last = b.last then 'same_name'
                when a.first = b.first then 'other_last_name' else 'short_name' end as rule
      from people a
      join people b on b.payer_id = a.payer_id and b.born_on = a.born_on and b.id > a.id and left(b.first, 1) = left(a.first, 1)
     where a.first <> '' and a.sex = b.sex
       and (a.last = b.last and (a.first = b.first or starts_with(a.first, b.first) or starts_with(b.first, a.first))
            or a.first = b.first and (a.address <> '' and a.address = b.address and a.zip = b.zip or a.phone <> '' and a.phone = b.phone))
     union all
    select a.member, b.member, 'shared_number'
      from beside a join beside b on b.payer_id = a.payer_id and b.person_id = a.person_id and b.member > a.member
     where a.many between 2 and {LARGEST_GROUP + 1}
)
select distinct on (f.one, f.other) f.one, f.other, f.rule
  from found f join patients_member a on a.id = f.one join patients_member b on b.id = f.other
 where not exists (
       select from claims_personruling r
        where r.payer_id = a.payer_id and r.revoked_at is null
          and r.one_id = least(a.member_id collate "C", b.member_id collate "C")
          and r.other_id = greatest(a.member_id collate "C", b.member_id collate "C"))
 order by f.one, f.other, f.rule
 limit %(most)s
"""


@dataclass(frozen=True)
class Line:
    """One thing said of both. `agrees`: True, False, or None where one of them does not say."""

    label: str
    one: str
    other: str
    agrees: bool | None


@dataclass(frozen=True)
class Pair:
    """Two Members. `rule`: one of RULES, or ''. `lines`: side by side. `careful`: sentences against it; `likely`: for it."""

    one: Member
    other: Member
    rule: str
    lines: tuple
    careful: tuple
    likely: tuple

    @property
    def why(self):
        return RULES.get(self.rule, "")


def suggested(who):
    """Pairs that nobody has decided about, at most MOST, the oldest records first."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND, {"payers": list(who.scope.payer_ids), "most": MOST})
        found = cursor.fetchall()
    members = _members(who, {key for one, other, _ in found for key in (one, other)})
    covers = _covers(who, members.values())
    return [
        compare(members[one], members[other], covers, rule=rule)
        for one, other, rule in found
        if one in members and other in members
    ]


def pair_of(who, one, other):
    """The Pair of two Members."""
    return compare(one, other, _covers(who, (one, other)))


def _members(who, keys):
    return Member.objects.visible_to(who).select_related("patient", "payer").in_bulk(keys)


def _covers(who, members):
    found = {member.patient_id: [] for member in members}
    rows = Coverage.objects.visible_to(who).filter(patient__in=found).order_by("starts_on", "pk")
    for row in rows:
        found[row.patient_id].append(row)
    return found


def compare(one, other, covers, rule=""):
    """What both say, side by side, and what speaks for and against one person. `covers`: {patient: [Coverage]}."""
    a, b = one.patient, other.patient
    said = [
        ("First name", a.first_name, b.first_name),
        ("Middle name", a.middle_name, b.middle_name),
        ("Last name", a.last_name, b.last_name),
        ("Suffix", a.name_suffix, b.name_suffix),
        ("Sex", *("" if p.sex == p.Sex.UNKNOWN else p.get_sex_display() for p in (a, b))),
        ("Born on", a.born_on, b.born_on),
        ("Died on", a.died_on, b.died_on),
        ("Address", a.address, b.address),
        ("City", a.city, b.city),
        ("Postal code", a.zip, b.zip),
        ("Phone", a.phone, b.phone),
    ]
    lines = [Line("Member id", one.id_now, other.id_now, None)]
    lines += [Line(label, _day(x), _day(y), _same(x, y)) for label, x, y in said if x or y]
    ours, theirs = covers.get(one.patient_id, ()), covers.get(other.patient_id, ())
    lines.append(Line("Covered", _spans(ours), _spans(theirs), None))
    likely, careful = _cover_says(ours, theirs)
    return Pair(one, other, rule, tuple(lines), tuple(_warnings(a, b) + careful), tuple(likely))


def _same(x, y):
    if not x or not y:
        return None
    return x == y if hasattr(x, "year") else _plain(x) == _plain(y)


def _plain(text):
    """Letters and digits, in lower case: St. Mary's is stmarys."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _day(value):
    return f"{value:%-d %b %Y}" if hasattr(value, "year") else value


def _spans(rows):
    return (
        "; ".join(f"{r.plan or 'no plan'}, {_day(r.starts_on)} to {_day(r.ends_on) or 'open'}" for r in rows)
        or "on no day"
    )


def _cover_says(ours, theirs):
    """(sentences for one person, sentences against), of two lists of Coverage."""
    pairs = [(x, y) for x in ours for y in theirs]
    adjoin = any(_follows(x, y) or _follows(y, x) for x, y in pairs)
    overlap = any(
        x.plan == y.plan
        and (x.ends_on is None or x.ends_on >= y.starts_on)
        and (y.ends_on is None or y.ends_on >= x.starts_on)
        for x, y in pairs
    )
    likely = ["Cover under one id begins on the day after cover under the other ends."] if adjoin else []
    careful = ["Both are covered by one plan on the same days: one person seldom is, two people of a family are."]
    return likely, careful if overlap else []


def _follows(first, second):
    return first.ends_on is not None and (second.starts_on - first.ends_on).days == 1


def _warnings(a, b):
    ours, theirs = letters(a.first_name), letters(b.first_name)
    found = []
    if NO_NAME.fullmatch(ours) or NO_NAME.fullmatch(theirs):
        found.append("A newborn without a name yet: twins look the same. Wait for the name, or ask the payer.")
    elif ours and theirs and ours != theirs and a.born_on == b.born_on:
        found.append("Born on one day with other first names: they may be twins.")
    if a.born_on and b.born_on and a.born_on != b.born_on:
        found.append("Other birth dates: a parent and a child may have one name (Sr and Jr), or one number.")
    if letters(a.name_suffix) != letters(b.name_suffix):
        found.append("The suffixes of the names differ, as those of father and son do.")
    return found
