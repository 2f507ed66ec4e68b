"""The roll-out of a programme for one client: who was covered, enrolled, reached and served, what it cost, and measures
before and after. Only counts; small ones are hidden. There is no comparison group: it shows what happened, not why."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q
from psycopg.types.range import DateRange

from patients.care import protocols
from patients.care.models import Encounter
from patients.claims.models import ServiceGiven
from patients.measures import definitions, queries
from patients.models import Coverage, Patient, all_records, record_now
from patients.programs.models import Decision, Enrolment
from pharmacies.billing.models import ServiceClaim

from .cells import SMALLEST_CELL, Cell, cell, cells, rate


@dataclass(frozen=True, kw_only=True)
class ServiceRow:
    """Services of one protocol, or of all together. Money is in cents, None where the members are too few to tell it."""

    title: str
    services: Cell
    members: Cell
    charged_cents: int | None
    paid_cents: int | None


@dataclass(frozen=True, kw_only=True)
class MeasureRow:
    """A measure among the enrolled whom it counts on both days: members, and the share that meets it before and after."""

    title: str
    members: Cell
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """`outcomes`: why members are enrolled or not, by the programme's newest answer, most first. `together`: all services,
    None where the row would tell what a hidden one does not."""

    since: date
    until: date
    least: int
    covered: Cell
    outcomes: tuple[tuple[str, Cell], ...]
    enrolled: Cell
    enrolled_at_the_end: Cell
    pharmacies: int
    tried: Cell
    reached: Cell
    served: tuple[ServiceRow, ...]
    together: ServiceRow | None
    measures: tuple[MeasureRow, ...]
    measured_before: date
    measured_after: date


def report(who, *, program, client, since: date, until: date) -> Report:
    """The days from `since` to `until`, both included. Measures are judged now, as of the day before `since` and of `until`.

    Raises ValueError when the days are out of order.
    """
    if until < since:
        raise ValueError("The last day lies before the first.")
    least = SMALLEST_CELL.on(until)
    enrolments = _enrolments(who, program, client, since, until)
    people = set(enrolments.values_list("record", flat=True))
    records = all_records(people, payer=client.payer_id)
    at_the_end = enrolments.filter(days__contains=until).values("record").distinct().count()
    visits = Encounter.objects.visible_to(who).filter(
        patient__in=records, status=Encounter.Status.COMPLETED, service_on__range=(since, until)
    )
    given = ServiceGiven.objects.visible_to(who).filter(patient__in=records, given_on__range=(since, until))
    visits, given = (rows.annotate(record=record_now()) for rows in (visits, given))
    before = since - timedelta(days=1)
    served, together = _served(who, given, records, since, until, least)
    return Report(
        since=since,
        until=until,
        least=least,
        covered=cell(_covered(who, client, until).values("patient_id").distinct().count(), least=least),
        outcomes=_outcomes(who, program, client, until, least),
        enrolled=cell(len(people), least=least),
        enrolled_at_the_end=cell(at_the_end, least=least),
        pharmacies=enrolments.values("pharmacy_id").distinct().count(),
        tried=cell(visits.values("record").distinct().count(), least=least),
        reached=cell(given.values("record").distinct().count(), least=least),
        served=served,
        together=together,
        measures=tuple(_measures(client.payer_id, people, before, until, least)),
        measured_before=before,
        measured_after=until,
    )


def _covered(who, client, day):
    spans = Coverage.objects.visible_to(who).filter(client=client, starts_on__lte=day)
    return spans.filter(Q(ends_on=None) | Q(ends_on__gte=day))


def _enrolments(who, program, client, since, until):
    """Enrolments that touch the days, of members whom the client covered on some of them, each with the `record` that holds
    the person: ids that were united are one member."""
    spans = Coverage.objects.visible_to(who).filter(client=client, patient=OuterRef("record"), starts_on__lte=until)
    spans = spans.filter(Q(ends_on=None) | Q(ends_on__gte=since))
    found = (
        Enrolment.objects.visible_to(who).filter(program=program, payer=client.payer_id).annotate(record=record_now())
    )
    return found.filter(Exists(spans), days__overlap=DateRange(since, until + timedelta(days=1)))


def _outcomes(who, program, client, day, least):
    decisions = Decision.objects.visible_to(who).filter(program=program, payer=client.payer_id)
    decisions = decisions.filter(Exists(_covered(who, client, day).filter(patient=OuterRef("patient"))))
    counted = Counter(decisions.values_list("outcome", flat=True))
    words = dict(Decision.Outcome.choices)
    told = cells(dict(counted.most_common()), least=least)
    return tuple((words.get(code, code), one) for code, one in told.items())


def _served(who, given, records, since, until, least):
    """(rows by protocol, the row of all together)."""
    services, members = Counter(), {}
    for protocol, patient_id in given.values_list("protocol", "record"):
        services[protocol] += 1
        members.setdefault(protocol, set()).add(patient_id)
    charged, paid = _money(who, records, since, until)
    rows, hidden = [], []
    for protocol, count in services.most_common():
        of_members = cell(len(members[protocol]), least=least)
        hidden += [protocol] if of_members.is_hidden else []
        rows.append(_row(protocols.title(protocol), of_members, count, charged[protocol], paid[protocol]))
    everybody, behind = set().union(*members.values()), set().union(*(members[each] for each in hidden))
    if not everybody or len(hidden) == 1 or (hidden and len(behind) < least):
        return tuple(rows), None
    sums = (sum(each[protocol] for protocol in services) for each in (services, charged, paid))
    return tuple(rows), _row("Together", cell(len(everybody), least=least), *sums)


def _row(title, of_members, count, charged, paid):
    if of_members.is_hidden:
        return ServiceRow(
            title=title, services=Cell(None, of_members.words), members=of_members, charged_cents=None, paid_cents=None
        )
    told = Cell(count, f"{count:,}")
    return ServiceRow(title=title, services=told, members=of_members, charged_cents=charged, paid_cents=paid)


def _money(who, records, since, until) -> tuple[Counter, Counter]:
    """Cents charged and paid by protocol, from the service claims of these members' services on these days: each service
    once, by the claim that stands, less what was taken back as overpaid."""
    refs = Patient.objects.visible_to(who).filter(pk__in=records).values("public_id")
    claims = ServiceClaim.objects.visible_to(who).filter(patient_ref__in=refs, service_on__range=(since, until))
    charged, paid = Counter(), Counter()
    told = ("snapshot__protocol", "charge_cents", "paid_cents", "recouped_cents")
    gone = (ServiceClaim.Status.VOIDED, ServiceClaim.Status.REPLACED)
    for protocol, charge_cents, paid_cents, recouped_cents in claims.exclude(status__in=gone).values_list(*told):
        charged[protocol] += charge_cents
        paid[protocol] += paid_cents - recouped_cents
    return charged, paid


def _measures(payer_id, people, before, after, least):
    patient_ids = sorted(people)
    for measure in definitions.every().values():
        asked = {"payer_id": payer_id, "measure": measure.code, "patient_ids": patient_ids}
        first, last = (queries.who_meets(as_of=day, **asked) for day in (before, after))
        both = first.keys() & last.keys()
        yield MeasureRow(
            title=measure.title,
            members=cell(len(both), least=least),
            before=rate(sum(first[one] for one in both), len(both), least=least),
            after=rate(sum(last[one] for one in both), len(both), least=least),
        )
