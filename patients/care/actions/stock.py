"""The refrigerator: doses in, out and counted, and recalls. A dose that is given counts itself off."""

from django.db import IntegrityError, transaction

from carecoord.kernel.audit.actions import audited, record

from .. import shelf, vaccines
from ..models import LotChange, VaccineLot
from ..protocols.vaccination import why_not

Kind = LotChange.Kind
MOST_DOSES = 5_000


class CannotChangeStock(Exception):
    """The sentence says why."""


@audited
def receive(*, pharmacy, cvx, product, lot, expires_on, ndc="", doses, by):
    """Doses of a lot arrive: a new lot, or more of one that is there. Raises CannotChangeStock."""
    if cvx not in vaccines.every():
        raise CannotChangeStock("Choose the vaccine from the list.")
    if not 1 <= doses <= MOST_DOSES:
        raise CannotChangeStock(f"Between 1 and {MOST_DOSES:,} doses can arrive.")
    same = {"pharmacy": pharmacy, "cvx": cvx, "lot": lot.strip().upper()}
    try:
        with transaction.atomic():
            found, is_new = VaccineLot.objects.visible_to(by).get_or_create(
                **same,
                defaults={
                    "product": product,
                    "ndc": ndc,
                    "expires_on": expires_on,
                    "doses_received": doses,
                    "doses_left": doses,
                    "added_by": by,
                },
            )
    except IntegrityError:  # a colleague added it in the same moment
        found, is_new = VaccineLot.objects.visible_to(by).get(**same), False
    if not is_new:
        found = _locked(found, by)
        if found.expires_on != expires_on:
            raise CannotChangeStock(
                f"Lot {found.lot} is on your list with the expiry {found.expires_on:%-d %b %Y}. One of the two is wrong."
            )
        found.doses_received, found.doses_left = found.doses_received + doses, found.doses_left + doses
        found.save(update_fields=["doses_received", "doses_left"])
    _note(found, Kind.RECEIVED, doses, by)
    record(event="stock.received", by=by, target=found, detail={"doses": doses})
    return found


@audited
def waste(*, lot, doses, why, by):
    """Doses are thrown away or sent back, with a reason. Raises CannotChangeStock."""
    lot = _locked(lot, by)
    if not 1 <= doses <= lot.doses_left:
        raise CannotChangeStock(
            f"{lot.doses_left} dose{'' if lot.doses_left == 1 else 's'} of this lot can be thrown away."
        )
    _needs(why, "Say why they are thrown away.")
    return _set(lot, lot.doses_left - doses, Kind.WASTED, why, by)


@audited
def count(*, lot, left, why, by):
    """What was counted in the refrigerator takes over. Raises CannotChangeStock."""
    lot = _locked(lot, by)
    if not 0 <= left <= lot.doses_received:
        raise CannotChangeStock(
            f"Of this lot {lot.doses_received} doses arrived: more cannot be there. Note the arrival first."
        )
    _needs(why, "Say how the difference came about.")
    return _set(lot, left, Kind.COUNTED, why, by)


@audited
def recall(*, lot, why, by):
    """The lot may not be given any more. Raises CannotChangeStock when it is recalled already."""
    lot = _locked(lot, by)
    if lot.is_recalled:
        raise CannotChangeStock("This lot is recalled already.")
    _needs(why, "Say who recalled it, and how you know.")
    return _mark(lot, True, Kind.RECALLED, why, by)


@audited
def clear(*, lot, why, by):
    """The recall was a mistake, or is lifted. Raises CannotChangeStock."""
    lot = _locked(lot, by)
    if not lot.is_recalled:
        raise CannotChangeStock("This lot is not recalled.")
    _needs(why, "Say why it may be given again.")
    return _mark(lot, False, Kind.CLEARED, why, by)


@audited
def give(*, pharmacy, dose, on, encounter_ref, by):
    """Counts a dose off the lot of that vaccine and number, where it is on the list. Raises CannotChangeStock for a lot that
    expired, is recalled under whichever vaccine, or is used up."""
    same = VaccineLot.objects.visible_to(by).filter(pharmacy=pharmacy, lot__iexact=dose["lot"])
    lots = list(same.select_for_update(of=("self",)).order_by("id"))
    if any(lot.is_recalled for lot in lots):
        raise CannotChangeStock(f"Lot {dose['lot']} is recalled. It must not be given.")
    lot = next((each for each in lots if each.cvx == dose["cvx"]), None)
    if lot is None:
        record(event="stock.not_listed", by=by)
        return None
    if why := why_not(shelf.as_shelved(lot), on):
        raise CannotChangeStock(why)
    return _set(lot, lot.doses_left - 1, Kind.GIVEN, "", by, encounter_ref=encounter_ref)


def _locked(lot, by):
    return VaccineLot.objects.visible_to(by).select_for_update(of=("self",)).get(pk=lot.pk)


def _needs(why, sentence):
    if not why.strip():
        raise CannotChangeStock(sentence)


def _set(lot, left, kind, why, by, encounter_ref=None):
    change, lot.doses_left = left - lot.doses_left, left
    lot.save(update_fields=["doses_left"])
    _note(lot, kind, change, by, why, encounter_ref)
    record(event=f"stock.{kind}", by=by, target=lot, detail={"doses": change, "left": left})
    return lot


def _mark(lot, is_recalled, kind, why, by):
    lot.is_recalled = is_recalled
    lot.save(update_fields=["is_recalled"])
    _note(lot, kind, 0, by, why)
    record(event=f"stock.{kind}", by=by, target=lot)
    return lot


def _note(lot, kind, doses, by, why="", encounter_ref=None):
    LotChange.objects.create(
        pharmacy_id=lot.pharmacy_id,
        lot=lot,
        kind=kind,
        doses=doses,
        doses_left=lot.doses_left,
        why=why.strip(),
        encounter_ref=encounter_ref,
        by=by,
    )
