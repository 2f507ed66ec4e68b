"""What can be done on the supply side, by its nouns."""

from pharmacies.terms import CannotChange

from .contracts import add_contract, edit_contract, end_fee, set_fee
from .credentials import add_credential, change_credential, end_credential
from .directory import DIRECTORY_COLUMNS, Listed, NotADirectory, add_pharmacy, edit_pharmacy, load_pharmacies
from .networks import (
    add_network,
    add_participation,
    add_to_network,
    edit_network,
    end_membership,
    end_participation,
)

__all__ = [
    "DIRECTORY_COLUMNS",
    "CannotChange",
    "Listed",
    "NotADirectory",
    "add_contract",
    "add_credential",
    "add_network",
    "add_participation",
    "add_pharmacy",
    "add_to_network",
    "change_credential",
    "edit_contract",
    "edit_network",
    "edit_pharmacy",
    "end_credential",
    "end_fee",
    "end_membership",
    "end_participation",
    "load_pharmacies",
    "set_fee",
]
