"""The act: what is done with a patient, planned, tried and kept in stock for it."""

from .encounters import Encounter, EncounterChange
from .stock import LotChange, VaccineLot

__all__ = ["Encounter", "EncounterChange", "LotChange", "VaccineLot"]
