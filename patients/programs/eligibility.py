"""What a programme answers about one member. Pure: facts in, outcome and sentence out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .attribution import Attribution, Place, as_shown, attribute
from .definition import ProgramDefinition
from .models import Decision

Outcome = Decision.Outcome


@dataclass(frozen=True)
class Cover:
    """A span of cover that holds the day."""

    line_of_business: str
    client_id: int | None


@dataclass(frozen=True)
class Case:
    """What is known of a member on the day. `conditions`: code -> title of what was found in claims.

    `left`: since when they are out of this programme by their own word, and how they said so ("By phone").
    `places_shown`: `places` as everybody may read of them, where some fills tell of the use of substances.
    """

    patient_id: int
    died_on: date | None
    covers: tuple[Cover, ...]
    conditions: Mapping[str, str]
    places: tuple[Place, ...]
    refused_on: date | None = None
    left: tuple[date, str] | None = None
    places_shown: tuple[Place, ...] | None = None


@dataclass(frozen=True)
class Ground:
    """What holds for all members of a payer on the day. `private`: conditions that no reason may name (substance use)."""

    as_of: date
    definition: ProgramDefinition
    least_fills: int
    clients: frozenset[int]
    in_network: frozenset[int]
    in_pbm_network: frozenset[int]
    network_name: str
    pbm_name: str
    private: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Answer:
    """`pharmacy_id` only when enrolled; `attribution` is the sentence that a pharmacist reads."""

    patient_id: int
    outcome: str
    sentence: str
    data: dict[str, Any]
    pharmacy_id: int | None = None
    attribution: str = ""


def decide(case: Case, ground: Ground) -> Answer:
    """The first reason that keeps a member out, else enrolled, in the order in which a person would ask."""
    excluded = _who(case, ground)
    if excluded:
        return Answer(case.patient_id, excluded[0], excluded[1], {})
    found = attribute(case.places, least_fills=ground.least_fills)
    if case.places_shown is not None:
        found = as_shown(found, attribute(case.places_shown, least_fills=ground.least_fills))
    data = {"attribution": found.data, "conditions": sorted(set(case.conditions) - ground.private)}
    if not isinstance(found, Attribution):
        return Answer(case.patient_id, Outcome.NO_PHARMACY, found.sentence, data)
    excluded = _where(found.place, ground)
    if excluded:
        return Answer(case.patient_id, excluded[0], f"{found.sentence} {excluded[1]}", data)
    if case.refused_on:
        sentence = f"Declined pharmacy services on {case.refused_on:%-d %b %Y}."
        return Answer(case.patient_id, Outcome.OPTED_OUT, sentence, data)
    why = f"{_named(case, ground)} found in claims. {found.sentence}"
    return Answer(case.patient_id, Outcome.ENROLLED, why, data, found.place.pharmacy_id, found.sentence)


def _named(case: Case, ground: Ground) -> str:
    """'Asthma and COPD'; what is private is only said to be one of the programme's conditions."""
    titles = [title for code, title in case.conditions.items() if code not in ground.private]
    return " and ".join(titles).capitalize() if titles else "A condition of the programme"


def _who(case: Case, ground: Ground) -> tuple[str, str] | None:
    day, wanted = f"{ground.as_of:%-d %b %Y}", ground.definition.line_of_business
    if case.died_on and case.died_on <= ground.as_of:
        return Outcome.DECEASED, f"Died on {case.died_on:%-d %b %Y}."
    if not case.covers:
        return Outcome.NOT_COVERED, f"Not covered on {day}."
    fitting = [cover for cover in case.covers if cover.line_of_business == wanted]
    if not fitting:
        lines = sorted({cover.line_of_business for cover in case.covers})
        return Outcome.NOT_MEDICARE, f"Covered on {day}, but by {' and '.join(lines)}, not by {wanted}."
    if not any(cover.client_id in ground.clients for cover in fitting):
        return Outcome.NOT_OPTED_IN, f"No plan sponsor that covers them had opted in on {day}."
    if not case.conditions:
        asked = " or ".join(code.replace("_", " ") for code in ground.definition.any_condition)
        return Outcome.NO_CONDITION, f"Claims up to {day} do not show {asked}."
    if case.left:
        return Outcome.OPTED_OUT, opted_out(*case.left)
    return None


def _where(place: Place, ground: Ground) -> tuple[str, str] | None:
    if place.pharmacy_id is None:
        return Outcome.UNKNOWN_PHARMACY, "That pharmacy is not in the directory."
    if place.pharmacy_id not in ground.in_network:
        return Outcome.NOT_IN_NETWORK, f"That pharmacy is not in {ground.network_name}."
    if place.pharmacy_id not in ground.in_pbm_network:
        return Outcome.NOT_IN_PBM_NETWORK, f"That pharmacy is not in the network of {ground.pbm_name}."
    return None


def opted_out(since: date, how: str) -> str:
    """The sentence about a member who said no to the programme."""
    return f"Opted out on {since:%-d %b %Y}, {how[0].lower()}{how[1:]}."
