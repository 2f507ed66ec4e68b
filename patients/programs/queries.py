"""Who is in a programme, and what is to be decided."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.tenancy import context
from carecoord.kernel.tenancy.models import VisibleQuerySet
from patients.measures.queries import judged_on
from patients.models import Member

from .models import Decision, Enrolment, EnrolmentRun, Participation, Program

UNITED = "united"
"""Why an enrolment ended whose record is not the one that holds the person any more."""


def in_force(*, payer) -> VisibleQuerySet:
    """The payer's enrolments that have not ended: who is cared for where, by the newest decision."""
    return Enrolment.objects.filter(payer=payer, days__upper_inf=True)


def standing(*, payer) -> VisibleQuerySet:
    """Enrolments that have not ended, and those that ended because ids were united, which were parted again, until the
    programme has decided about the record."""
    decided = Decision.objects.filter(payer=OuterRef("payer"), program=OuterRef("program"), patient=OuterRef("patient"))
    former = Member.objects.filter(payer=payer).exclude(merged_into=None)
    parted = Enrolment.objects.filter(~Exists(decided), payer=payer, ended_because=UNITED)
    parted = parted.exclude(patient__in=former.values("patient"))
    return Enrolment.objects.filter(Q(pk__in=in_force(payer=payer).values("pk")) | Q(pk__in=parted.values("pk")))


def to_decide(*, payer) -> list[tuple[Program, date]]:
    """(programme, day) of the nightly pass over the programmes that a client of the payer has joined.

    The day is today; of a feed that has stopped, the day of its newest fill, if the programme ran then; or the day after
    it that somebody already decided for. A programme that runs on neither is left out.
    """
    joined = Program.objects.filter(participations__payer=payer).distinct()
    newest = dict(EnrolmentRun.objects.filter(payer=payer).order_by("as_of").values_list("program_id", "as_of"))
    days = (judged_on(payer=payer), timezone.localdate())
    found = []
    for program in joined.select_related("network", "pbm").order_by("code"):
        if day := next((day for day in days if _runs_on(program, day)), None):
            found.append((program, max(day, newest.get(program.pk, day))))
    return found


def _runs_on(program: Program, day: date) -> bool:
    return program.since <= day and (program.until is None or day <= program.until)


def to_end(*, payer) -> list[tuple[Program, date]]:
    """(programme, the day after its last) of programmes that are over and still have members enrolled."""
    over = Program.objects.filter(until__lt=timezone.localdate(), pk__in=in_force(payer=payer).values("program_id"))
    return [(program, program.until + timedelta(days=1)) for program in over.order_by("code")]


def networks() -> list[tuple[int, int]]:
    """(programme, the network that it runs with), of all programmes."""
    return list(Program.objects.values_list("pk", "network_id"))


def find(code: str) -> Program:
    """The programme with that code, or the only one under that definition. Call it outside any context.

    Raises Program.DoesNotExist, whose text names the codes that exist.
    """
    payers = Organisation.objects.filter(kind=Organisation.Kind.PAYER).values_list("pk", flat=True)
    with context.acting_as(context.worker_for(*payers)):
        programs = list(Program.objects.select_related("network", "pbm").order_by("code"))
    found = [p for p in programs if p.code == code] or [p for p in programs if p.definition == code]
    if len(found) != 1:
        known = ", ".join(p.code for p in programs) or "none"
        raise Program.DoesNotExist(f"There is no programme {code!r}. There are: {known}.")
    return found[0]


def joined_payers(*, program: Program, payer_codes=()) -> list[Organisation]:
    """Payers that the programme's PBM serves and of which a client ever joined it. Call it outside any context."""
    served = Organisation.objects.filter(pbms__pbm=program.pbm, kind=Organisation.Kind.PAYER).order_by("code")
    if payer_codes:
        served = served.filter(code__in=payer_codes)
    payers = []
    for payer in served:
        with context.acting_as(context.worker_for(payer.pk)):
            if Participation.objects.filter(program=program, payer=payer).exists():
                payers.append(payer)
    return payers
