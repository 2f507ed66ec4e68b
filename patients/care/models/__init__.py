"""The act: what is done with a patient, planned, tried and kept in stock for it."""

from .encounters import Encounter, EncounterChange

__all__ = ["Encounter", "EncounterChange"]
