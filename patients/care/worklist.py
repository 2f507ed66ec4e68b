"""Today's list: open flags of the pharmacy, filtered, sorted, by key. And finding a patient."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, NullIf

from patients.flags.models import Flag
from patients.models import Member, Patient

from .models import Intervention, OutreachTry, Problem, Snooze

FAR_AWAY = date(9999, 12, 31)
PAGE = 50
AWAKE = Q(is_snoozed=False)
FILTERS = {
    "all": lambda who, today: AWAKE,
    "urgent": lambda who, today: AWAKE & Q(severity=Flag.Severity.URGENT),
    "week": lambda who, today: AWAKE & Q(due_on__lte=today + timedelta(days=7)),
    "try": lambda who, today: AWAKE & Q(next_try_on__lte=today),
    "mine": lambda who, today: AWAKE & Q(assigned_to=who),
    "unassigned": lambda who, today: AWAKE & Q(assigned_to=None),
    "snoozed": lambda who, today: Q(is_snoozed=True),
}


COST_BARRIER = "cost_barrier"
SEGMENTS = {segment.value: segment.label for segment in Flag.Segment} | {COST_BARRIER: "Cost barrier"}
"""Segment -> its words."""


def _from_evidence(name):
    return Cast(KeyTextTransform(name, "evidence"), BigIntegerField())


NO_PDC = 10_001
SORTS = {
    "rank": F("rank"),
    "pdc": Coalesce(
        _from_evidence("covered_days") * 10_000 / NullIf(_from_evidence("period_days"), Value(0)), Value(NO_PDC)
    ),
    "name": F("patient__search_name"),
    "due": Coalesce(F("due_on"), Value(FAR_AWAY)),
    "worth": F("value_cents"),
}
BEST_FIRST = "-rank"


@dataclass(frozen=True, kw_only=True)
class Page:
    """Flags with patient, owner and coverages loaded. `first` and `last` are public ids for paging, None at an end."""

    flags: tuple
    previous: object = None
    next: object = None
    counts: dict
    segments: dict
    measures: tuple


def open_flags(who, *, today):
    """Open flags whose patient the pharmacy may see today, with `is_snoozed` and `next_try_on`."""
    patients = Patient.objects.visible_to(who)
    asleep = Snooze.objects.visible_to(who).filter(flag=OuterRef("pk"), ended_at=None, until__gt=today)
    tries = OutreachTry.objects.visible_to(who).filter(flag=OuterRef("pk")).order_by("-number")
    flags = Flag.objects.visible_to(who).filter(status=Flag.Status.OPEN, patient__in=patients)
    return flags.annotate(is_snoozed=Exists(asleep), next_try_on=Subquery(tries.values("next_on")[:1]))


def chosen(who, *, show="all", measure="", segment="", today):
    """The open flags that a filter leaves. Unknown filters leave all; an unknown segment leaves none."""
    flags = open_flags(who, today=today).filter(FILTERS.get(show, FILTERS["all"])(who, today))
    if segment:
        flags = flags.filter(_in_segment(who, segment))
    return flags.filter(measure=measure) if measure else flags


def _in_segment(who, segment):
    """What claims tell is written on the flag; that cost stands in the way, the pharmacy's own open problems tell."""
    if segment != COST_BARRIER:
        return Q(segments__contains=[segment])
    problems = Problem.objects.visible_to(who).filter(patient=OuterRef("patient"), status=Problem.Status.OPEN)
    helped = Intervention.objects.visible_to(who).filter(problem=OuterRef("pk"), kind=Intervention.Kind.COST)
    return Q(Exists(problems.filter(Q(kind=Problem.Kind.ACCESS) | Q(Exists(helped)))))


def segment_counts(who, *, today):
    """Segment -> number of open flags that are not put off; those without any are left out. In the order of pages."""
    flags = open_flags(who, today=today).filter(AWAKE)
    found = flags.aggregate(**{name: Count("pk", filter=_in_segment(who, name)) for name in SEGMENTS})
    return {name: found[name] for name in SEGMENTS if found[name]}


def page(who, *, show="all", measure="", segment="", sort=BEST_FIRST, after=None, before=None, today, size=PAGE):
    """One Page: `after` and `before` are public ids of flags, so that no patient's data stands in an address."""
    flags = in_order(chosen(who, show=show, measure=measure, segment=segment, today=today), sort)
    start, is_back = after or before, before is not None and after is None
    if start is not None:
        flags = _from(flags, who, start, sort, is_back)
    rows = list(
        (flags.reverse() if is_back else flags)
        .select_related("patient", "assigned_to")
        .prefetch_related("patient__coverages")[: size + 1]
    )
    has_more, rows = len(rows) > size, rows[:size]
    if is_back:
        rows.reverse()
    return Page(
        flags=tuple(rows),
        previous=rows[0].public_id if rows and (has_more if is_back else start is not None) else None,
        next=rows[-1].public_id if rows and (has_more or is_back) else None,
        counts=counts(who, today=today),
        segments=segment_counts(who, today=today),
        measures=tuple(
            open_flags(who, today=today)
            .exclude(measure="")
            .order_by("measure")
            .values_list("measure", flat=True)
            .distinct()
        ),
    )


def in_order(flags, sort):
    """Sorted by a key of SORTS (a minus turns it round), then by age of the flag: always the same order."""
    key = SORTS.get(sort.lstrip("-"), SORTS["rank"])
    is_descending = sort.startswith("-") or sort.lstrip("-") not in SORTS
    flags = flags.annotate(sort_key=key)
    return flags.order_by(F("sort_key").desc() if is_descending else F("sort_key").asc(), "id")


def _from(flags, who, start, sort, is_back):
    """Beyond the flag `start`: whatever became of it since, its place in the order still says where to go on."""
    there = in_order(Flag.objects.visible_to(who).filter(public_id=start), sort).values("sort_key", "id").first()
    if there is None:
        return flags
    is_descending = sort.startswith("-") or sort.lstrip("-") not in SORTS
    beyond = "lt" if is_descending != is_back else "gt"
    same = Q(sort_key=there["sort_key"], **{"id__lt" if is_back else "id__gt": there["id"]})
    return flags.filter(Q(**{f"sort_key__{beyond}": there["sort_key"]}) | same)


def counts(who, *, today):
    """Filter -> number of open flags, in one query."""
    return open_flags(who, today=today).aggregate(
        **{name: Count("pk", filter=condition(who, today)) for name, condition in FILTERS.items()}
    )


def find_patients(who, *, text="", after=None, size=PAGE):
    """Patients by the start of a name ('okafor, n' or 'ngozi okafor'), date of birth, or any member id; all without text.

    Returns (patients, public id to go on after, or None).
    """
    former = Member.objects.filter(patient=OuterRef("pk")).exclude(merged_into=None)
    patients = Patient.objects.visible_to(who).exclude(Exists(former)).order_by("search_name", "id")
    text = plain(text)
    if text.strip():
        patients = patients.filter(_matches(who, text.strip()))
    if after is not None:
        there = Patient.objects.visible_to(who).filter(public_id=after).first()
        if there is not None:
            patients = patients.filter(
                Q(search_name__gt=there.search_name) | Q(search_name=there.search_name, id__gt=there.pk)
            )
    found = list(patients.prefetch_related("coverages__payer")[: size + 1])
    return tuple(found[:size]), found[size - 1].public_id if len(found) > size else None


def plain(text):
    """What was typed, without NUL: PostgreSQL's text holds none, and refuses a question that does."""
    return text.replace("\0", "")


def _matches(who, text):
    born_on = _day(text)
    if born_on:
        return Q(born_on=born_on)
    words = re.sub(r"[,\s]+", " ", text.lower()).strip()
    match = _begins(words) | Q(pk__in=_by_member_id(who, text))
    if " " in words:
        first, _, last = words.rpartition(" ")
        match |= _begins(f"{last} {first}")
    return match


def _begins(text):
    """As a range: PostgreSQL keeps that on the index behind row-level security, and LIKE it would not."""
    return Q(search_name__gte=text, search_name__lt=text + "\U0010ffff")


def _by_member_id(who, text):
    named = Member.objects.visible_to(who).filter(member_id__iexact=text)
    return named.values(record=Coalesce("merged_into_id", "patient_id"))


def _day(text):
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a date of birth has no time zone
        except ValueError:
            continue
    return None
