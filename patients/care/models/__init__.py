"""The act: what is done with a patient, planned, tried and kept in stock for it."""

from .encounters import Encounter, EncounterChange
from .outreach import OutreachTry, Snooze, State
from .plan import Goal, Intervention, PlanChange, Problem
from .stock import LotChange, VaccineLot

__all__ = [
    "Encounter",
    "EncounterChange",
    "Goal",
    "Intervention",
    "LotChange",
    "OutreachTry",
    "PlanChange",
    "Problem",
    "Snooze",
    "State",
    "VaccineLot",
]
