"""Reading the refrigerator: lots, their changes, and who got a dose of one."""

from datetime import timedelta

from django.db.models import Q

from carecoord.kernel.parameters.parameter import Parameter
from patients.claims.models import DoseGiven

from .models import VaccineLot
from .setting import Setting, Shelved

SOON_DAYS = Parameter(
    "care.lot_expires_soon_days",
    default=30,
    unit="days",
    low=1,
    high=180,
    why="A month is enough to use a lot up, or to send it back.",
)


def setting_of(encounter, who):
    """The Setting of a visit: the shelf is read once, when it is asked for."""
    seen = []

    def lots():
        if not seen:
            seen.append(shelved(who, pharmacy_id=encounter.pharmacy_id))
        return seen[0]

    return Setting(age=encounter.patient.person.age_on(encounter.service_on), state=encounter.pharmacy.state, lots=lots)


def shelved(who, *, pharmacy_id):
    """Every lot of the pharmacy as a Shelved, the first to expire first."""
    rows = VaccineLot.objects.visible_to(who).filter(pharmacy_id=pharmacy_id).order_by("expires_on", "id")
    return tuple(as_shelved(row) for row in rows)


PAGE = 50
SHOWN = {
    "usable": lambda today, soon: Q(is_recalled=False, doses_left__gt=0, expires_on__gte=today),
    "soon": lambda today, soon: Q(is_recalled=False, doses_left__gt=0, expires_on__range=(today, soon)),
    "recalled": lambda today, soon: Q(is_recalled=True),
    "all": lambda today, soon: Q(),
}


def page(who, *, show, after=None, today, size=PAGE):
    """(lots, public id to go on after, or None) by a key of SHOWN, the first to expire first."""
    soon = today + timedelta(days=SOON_DAYS.on(today))
    lots = VaccineLot.objects.visible_to(who).filter(SHOWN[show](today, soon)).order_by("expires_on", "id")
    there = VaccineLot.objects.visible_to(who).filter(public_id=after).first() if after else None
    if there is not None:
        lots = lots.filter(Q(expires_on__gt=there.expires_on) | Q(expires_on=there.expires_on, id__gt=there.pk))
    found = list(lots[: size + 1])
    return tuple(found[:size]), found[size - 1].public_id if len(found) > size else None


def as_shelved(lot):
    """A VaccineLot as protocols know it."""
    return Shelved(
        ref=str(lot.public_id),
        cvx=lot.cvx,
        ndc=lot.ndc,
        product=lot.product,
        lot=lot.lot,
        expires_on=lot.expires_on,
        left=lot.doses_left,
        is_recalled=lot.is_recalled,
    )


def who_received(who, *, lot, cvx=""):
    """Doses given from a lot, whichever vaccine it is unless one is named; newest first, as frozen when they were given."""
    doses = DoseGiven.objects.visible_to(who).filter(lot__iexact=lot.strip())
    return (doses.filter(cvx=cvx) if cvx else doses).order_by("-given_on", "-id")
