"""The directory: pharmacies one by one, and from a file of many."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.audit.actions import audited, record
from carecoord.kernel.codes.rurality import county_of, ruca_of, rucc_of
from carecoord.kernel.codes.states import STATES
from pharmacies.models import Pharmacy
from pharmacies.terms import CannotChange, Kind, check_may_edit

from . import directory_file
from .directory_file import Fault

PHARMACY_FIELDS = (
    "npi",
    "name",
    "street",
    "city",
    "state",
    "zip",
    "phone",
    "channel",
    "ruca",
    "county_fips",
    "time_zone",
)


@audited
def add_pharmacy(*, npi, name, by, **fields):
    """A pharmacy of the directory, with the organisation that its people will belong to. Raises CannotChange."""
    if Pharmacy.objects.filter(npi=npi).exists():
        raise CannotChange(f"There is a pharmacy with NPI {npi} already.")
    organisation = Organisation.objects.create(kind=Kind.PHARMACY, code=npi, name=name)
    pharmacy = Pharmacy.objects.create(organisation=organisation, npi=npi, name=name, **_known(fields))
    record(event="pharmacy.added", by=by, target=pharmacy)
    return pharmacy


@audited
def edit_pharmacy(*, pharmacy, by, **fields):
    """Changes what the directory says of a pharmacy. Raises CannotChange for an NPI that another one has, for a time zone
    that there is not, and to a network's people for a pharmacy that is not theirs."""
    pharmacy = Pharmacy.objects.select_for_update().get(pk=pharmacy.pk)
    check_may_edit(pharmacy, by)
    changed = {name: value for name, value in _known(fields).items() if getattr(pharmacy, name) != value}
    if "npi" in changed and Pharmacy.objects.filter(npi=changed["npi"]).exclude(pk=pharmacy.pk).exists():
        raise CannotChange(f"There is a pharmacy with NPI {changed['npi']} already.")
    for name, value in changed.items():
        setattr(pharmacy, name, value)
    if changed:
        pharmacy.save(update_fields=list(changed))
    if "name" in changed:
        Organisation.objects.filter(pk=pharmacy.pk).update(name=pharmacy.name)
    record(event="pharmacy.edited", by=by, target=pharmacy, detail={"fields": sorted(changed)})
    return pharmacy


@dataclass
class Listed:
    """What a directory file came to, or would come to. `added`: [(npi, name)]; `changed`: [(npi, name, {field: (before,
    after)})]; `problems`: [Fault], every one of them; `unplaced`: pharmacies added without a known rurality."""

    lines: int = 0
    added: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    unchanged: int = 0
    rejected: int = 0
    unplaced: int = 0
    problems: list = field(default_factory=list)
    new: list = field(default_factory=list, repr=False)
    old: list = field(default_factory=list, repr=False)


def plan_pharmacies(*, stream, who):
    """What loading the file would do, line by line; nothing is written. Returns Listed. Raises NotADirectory.

    Rurality comes from the ZIP code, a county's own code where the file names the county; what the file leaves empty
    stays as it is known. `who` is None for the command.
    """
    rows = directory_file.read(stream)
    listed = Listed(lines=len(rows))
    known = {p.npi: p for p in Pharmacy.objects.filter(npi__in=[told.get("npi", "") for _, told, _ in rows])}
    for line, told, faults in rows:
        pharmacy = known.get(told.get("npi"))
        told = told if faults else _placed(told)
        change = {name: (getattr(pharmacy, name), value) for name, value in told.items() if pharmacy and not faults}
        change = {name: pair for name, pair in change.items() if pair[0] != pair[1]}
        if change and (refusal := _refusal(pharmacy, who)):
            faults = [Fault(line, "npi", "not_yours", refusal)]
        if faults:
            listed.rejected += 1
            listed.problems += faults
        elif pharmacy is None:
            listed.added.append((told["npi"], told["name"]))
            listed.new.append(told)
            listed.unplaced += told.get("ruca") in (None, 99)
        elif change:
            listed.changed.append((pharmacy.npi, pharmacy.name, change))
            listed.old.append((pharmacy, change))
        else:
            listed.unchanged += 1
    return listed


@audited
def load_pharmacies(*, stream, by):
    """Does what `plan_pharmacies` says. Good lines count, bad ones are listed. Raises NotADirectory, and CannotChange
    where somebody else changes the directory in the same moment."""
    listed = plan_pharmacies(stream=stream, who=by)
    try:
        with transaction.atomic():
            _write_new(listed.new)
            _write_changes(listed.old)
    except IntegrityError:
        raise CannotChange("Somebody else added one of these pharmacies in this moment: load the file again.") from None
    detail = {"added": len(listed.added), "changed": len(listed.changed), "rejected": listed.rejected}
    record(event="pharmacies.loaded", by=by, count=listed.lines, detail=detail)
    return listed


def _placed(told):
    """With what follows from the place: rurality, and for a new pharmacy the usual clock of its state."""
    if "zip" in told:
        told["zip"] = told["zip"][:5]
        told["ruca"] = ruca_of(told["zip"])
    if "county_fips" in told:
        told["rucc"] = rucc_of(told["county_fips"])
    return told


def _refusal(pharmacy, who):
    try:
        check_may_edit(pharmacy, who)
    except CannotChange as refusal:
        return str(refusal)
    return ""


def _write_new(rows):
    made = Organisation.objects.bulk_create(
        Organisation(kind=Kind.PHARMACY, code=told["npi"], name=told["name"]) for told in rows
    )
    Pharmacy.objects.bulk_create(
        Pharmacy(organisation=organisation, **{"time_zone": _clock(told)} | told)
        for organisation, told in zip(made, rows, strict=True)
    )


def _clock(told):
    state = STATES.get(told.get("state"))
    return state.time_zone if state else Pharmacy._meta.get_field("time_zone").default


def _write_changes(rows):
    names = sorted({name for _, change in rows for name in change})
    for pharmacy, change in rows:
        for name, (_, after) in change.items():
            setattr(pharmacy, name, after)
    if names:
        Pharmacy.objects.bulk_update([pharmacy for pharmacy, _ in rows], names, batch_size=500)
    renamed = [pharmacy for pharmacy, change in rows if "name" in change]
    Organisation.objects.bulk_update([Organisation(pk=p.pk, name=p.name) for p in renamed], ["name"], batch_size=500)


def _known(fields):
    """What a person said of a pharmacy, with what follows from its place."""
    unknown = set(fields) - set(PHARMACY_FIELDS)
    if unknown:
        raise TypeError(f"A pharmacy has no {', '.join(sorted(unknown))}.")
    try:
        ZoneInfo(fields.get("time_zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CannotChange("Write the time zone as the IANA names it, such as America/New_York.")
    if fields.get("county_fips") and not county_of(fields["county_fips"]):
        raise CannotChange("No county has this FIPS code. Write five digits, or leave it empty.")
    return _placed(dict(fields))
