"""What a decision needs to know about all members of one payer, read set-based: a handful of queries, whatever their number."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from carecoord.kernel.periods import day_number
from patients.claims import substance_use
from patients.claims.models import Fill
from patients.claims.records import NOT_RETAIL_CHANNELS
from patients.measures.queries import conditions_found, private_conditions
from patients.models import Consent, Coverage, Member, records_now
from pharmacies.models import NetworkMembership, PbmParticipation, Pharmacy

from .attribution import Place
from .definitions import find
from .eligibility import Case, Cover, Ground
from .models import OptOut, Participation, Program


def on_the_day(day: date) -> tuple[Q, Q]:
    """Conditions for rows whose `since`..`until` holds the day."""
    return Q(until=None) | Q(until__gte=day), Q(since__lte=day)


def ground(program: Program, payer, as_of: date) -> Ground:
    """What holds for all members of the payer on the day."""
    definition = find(program.definition)
    networks = Q(network=program.network) | Q(network__parent=program.network)
    members = NetworkMembership.objects.filter(networks, *on_the_day(as_of))
    participants = PbmParticipation.objects.filter(*on_the_day(as_of), pbm=program.pbm)
    opted_in = Participation.objects.filter(*on_the_day(as_of), program=program, payer=payer)
    return Ground(
        as_of=as_of,
        definition=definition,
        least_fills=definition.least_fills.on(as_of),
        clients=frozenset(opted_in.values_list("client_id", flat=True)),
        in_network=frozenset(members.values_list("pharmacy_id", flat=True)),
        in_pbm_network=frozenset(participants.values_list("pharmacy_id", flat=True)),
        network_name=program.network.name,
        pbm_name=program.pbm.name,
        private=private_conditions(),
    )


def cases(program: Program, payer, as_of: date) -> list[Case]:
    """Every person who is a member of the payer, by patient id."""
    definition = find(program.definition)
    people = Member.objects.filter(payer=payer, merged_into=None).order_by("patient_id")
    members = people.values_list("patient_id", "patient__died_on")
    found = conditions_found(payer_id=payer.pk, as_of=as_of, codes=definition.any_condition)
    covers, declined, left = _covers(payer, as_of), refusals(payer, as_of), _left(program, payer, as_of)
    fills = _retail_fills(payer, as_of, definition.look_back_days.on(as_of))
    places, shown = _places(fills), _places_shown(fills)
    return [
        Case(
            patient_id=patient_id,
            died_on=died_on,
            covers=tuple(covers.get(patient_id, ())),
            conditions=found.get(patient_id, {}),
            places=tuple(places.get(patient_id, ())),
            places_shown=tuple(shown[patient_id]) if patient_id in shown else None,
            refused_on=declined.get(patient_id),
            left=left.get(patient_id),
        )
        for patient_id, died_on in members
    ]


def _covers(payer, as_of: date) -> dict[int, list[Cover]]:
    spans = Coverage.objects.filter(Q(ends_on=None) | Q(ends_on__gte=as_of), payer=payer, starts_on__lte=as_of)
    found = defaultdict(list)
    for patient_id, line, client_id in spans.values_list("patient_id", "line_of_business", "client_id"):
        found[patient_id].append(Cover(line, client_id))
    return found


def refusals(payer, as_of: date, records: Collection[int] | None = None) -> dict[int, date]:
    """Patients whose newest word about services, said at whichever pharmacy, is a refusal in force: since when.

    records: those of the people who are asked about; None: everybody's."""
    said = Consent.objects.filter(payer=payer, kind=Consent.Kind.SERVICES, since__lte=as_of)
    if records is not None:
        said = said.filter(patient__in=records)
    newest = said.order_by("patient_id", "-since", "-recorded_at", "-pk").distinct("patient_id")
    now, last = records_now(payer=payer), {}
    for row in newest:
        patient_id = now.get(row.patient_id, row.patient_id)
        last[patient_id] = max(last.get(patient_id, row), row, key=lambda one: (one.since, one.recorded_at, one.pk))
    return {
        patient_id: row.since
        for patient_id, row in last.items()
        if not row.is_given and (row.until is None or row.until >= as_of)
    }


def out_on(day: date) -> tuple[Q, Q]:
    """Opt-outs in force on a day; `until` is the first day on which they are not."""
    return Q(until=None) | Q(until__gt=day), Q(since__lte=day)


def _left(program: Program, payer, as_of: date) -> dict[int, tuple[date, str]]:
    """Who was out on the day, or is out by now: an enrolment has no end, so a day before the no would undo it."""
    was, since = out_on(as_of)
    rows = OptOut.objects.filter(Q(was, since) | Q(until=None), program=program, payer=payer).order_by("since", "pk")
    now = records_now(payer=payer)
    return {now.get(row.patient_id, row.patient_id): (row.since, row.get_how_display()) for row in rows}


def _retail_fills(payer, as_of: date, look_back_days: int) -> QuerySet[Fill]:
    """Fills of the `look_back_days` days that end with `as_of`.

    Mail order, long-term care and specialty are left out, and nothing else: compounding, home infusion or clinic
    pharmacies (`other`) are the member's own choice as well.
    """
    after = day_number(as_of - timedelta(days=look_back_days))
    fills = Fill.objects.filter(payer=payer, day__gt=after, day__lte=day_number(as_of))
    return fills.exclude(channel__in=NOT_RETAIL_CHANNELS)


def _places_shown(fills) -> dict[int, list[Place]]:
    """Of everybody with fills that tell of the use of substances: the same without those. Whoever reads why somebody is enrolled
    may count the fills in the chart."""
    told = substance_use.ndcs_that_tell()
    people = set(fills.filter(ndc__in=told).values_list("patient_id", flat=True))
    shown = _places(fills.filter(patient__in=people).exclude(ndc__in=told)) if people else {}
    return {one: shown.get(one, []) for one in people}


def _places(fills) -> dict[int, list[Place]]:
    """Added up by patient and pharmacy."""
    known = {pk: (npi, name) for pk, npi, name in Pharmacy.objects.values_list("pk", "npi", "name")}
    rows = (
        fills.values_list("patient_id", "pharmacy_id", "pharmacy_ref")
        .annotate(Count("pk"), Min("day"), Max("day"), Sum("days_supply"))
        .order_by()
    )
    found = defaultdict(list)
    for patient_id, pharmacy_id, ref, fills, first, last, supply in rows.iterator(chunk_size=10_000):
        key, name = known.get(pharmacy_id, (ref, ""))
        found[patient_id].append(
            Place(
                key=key,
                pharmacy_id=pharmacy_id,
                name=name,
                fills=fills,
                first_day=first,
                last_day=last,
                days_supply=supply or 0,
            )
        )
    return found
