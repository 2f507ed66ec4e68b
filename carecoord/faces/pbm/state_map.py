"""A map of tiles: a number for each state, small counts of members not shown. Drawn as SVG, told as a table."""

from dataclasses import dataclass

from django.db.models import Count
from django.urls import reverse

from carecoord.kernel.accounts.models import Organisation
from carecoord.kernel.codes.states import COLUMNS, ROWS, STATES
from patients.flags.models import Flag
from patients.programs.models import Enrolment

from .directory import own_pharmacies
from .roster import enrolled_on, today

SMALLEST_SHOWN = 11
"""Counts of members below this are not shown: the cell-size rule of the Centers for Medicare & Medicaid Services."""
TILE, GAP = 44, 3
KINDS = {"pharmacies": "Pharmacies", "enrolled": "Members enrolled", "flags": "Members with open flags"}


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One state. `words` are what is shown: a number, '–' for one that is hidden, or '' for none; `level` 0 to 3 is the shade."""

    code: str
    name: str
    words: str
    level: int
    x: int
    y: int
    href: str


@dataclass(frozen=True, kw_only=True)
class StateMap:
    """`rows` are [(name, [pharmacies, enrolled, flags])] as shown, for the table."""

    kind: str
    tiles: list
    rows: list
    summary: str
    width: int = COLUMNS * (TILE + GAP)
    height: int = ROWS * (TILE + GAP)


def counts_of(user, *, sees_members):
    """{kind: {state: count}} of the reader's own pharmacies and, for those who see members, of these and their flags.
    The state is the pharmacy's; '' where it is not known."""
    own = own_pharmacies(user).values_list("state").annotate(Count("pk")).order_by()
    found = {"pharmacies": dict(own)}
    if sees_members:
        found["enrolled"] = _by_state(enrolled_on(Enrolment.objects.visible_to(user), today()))
        found["flags"] = _by_state(Flag.objects.visible_to(user).filter(status=Flag.Status.OPEN))
    return found


def _rows_behind(user, kind):
    """The list behind the numbers of one kind; it takes a state."""
    if kind != "pharmacies":
        return reverse("pbm:flags_by_pharmacy") + "?"
    organisation = user.membership.organisation
    is_pbm = organisation.kind == Organisation.Kind.PBM
    own = "ours=yes" if is_pbm else f"network={organisation.network.public_id}"
    return reverse("pbm:pharmacies_pharmacy_changelist") + f"?{own}&"


def _by_state(rows):
    """Members, each counted once in a state."""
    return dict(rows.values_list("pharmacy__state").annotate(Count("patient", distinct=True)).order_by())


def shown(counts):
    """{state: count, or None where it is not shown}. Where one count alone would be hidden the next smallest is hidden
    too, since a total minus the others would tell it."""
    hidden = {state for state, count in counts.items() if 0 < count < SMALLEST_SHOWN}
    others = sorted((count, state) for state, count in counts.items() if count >= SMALLEST_SHOWN)
    if len(hidden) == 1 and others:
        hidden.add(others[0][1])
    return {state: None if state in hidden else count for state, count in counts.items()}


def draw(user, counts, kind):
    """A StateMap of one kind, with a table of all."""
    told = {name: each if name == "pharmacies" else shown(each) for name, each in counts.items()}
    numbers = told[kind]
    behind = _rows_behind(user, kind)
    places = [_tile(state, numbers.get(state.code, 0), numbers, behind) for state in STATES.values()]
    rows = [
        (
            STATES[code].name if code in STATES else code or "Not known",
            [_words(each.get(code, 0)) for each in told.values()],
        )
        for code in sorted({code for each in counts.values() for code in each})
    ]
    leading = sorted(((count, code) for code, count in numbers.items() if count and code), reverse=True)[:3]
    said = ", ".join(f"{STATES[code].name if code in STATES else code} {count:,}" for count, code in leading)
    summary = f"{KINDS[kind]} by state of the pharmacy. Most: {said}." if said else f"{KINDS[kind]}: none yet."
    return StateMap(kind=kind, tiles=places, rows=rows, summary=summary)


def _tile(state, count, numbers, behind):
    top = max((each for each in numbers.values() if each), default=0)
    level = 1 if count is None else 0 if not count else 1 + (count * 3 > top) + (count * 3 > 2 * top)
    return Tile(
        code=state.code,
        name=state.name,
        words=_words(count) if count != 0 else "",
        level=level,
        x=state.column * (TILE + GAP),
        y=state.row * (TILE + GAP),
        href=f"{behind}state={state.code}" if count != 0 else "",
    )


def _words(count):
    return "–" if count is None else f"{count:,}"
