"""What can be done on the supply side, by its nouns."""

from pharmacies.terms import CannotChange

from .attestations import attest, end_attestation
from .contracts import add_contract, edit_contract, end_fee, set_fee, set_uplift
from .credentials import add_credential, change_credential, end_credential, record_checks
from .directory import Listed, add_pharmacy, edit_pharmacy, load_pharmacies, plan_pharmacies
from .directory_file import ALIASES as DIRECTORY_ALIASES
from .directory_file import COLUMNS as DIRECTORY_COLUMNS
from .directory_file import Fault, NotADirectory
from .fee_file import FEE_COLUMNS, NotAFeeSchedule, load_fees
from .networks import (
    add_many_to_network,
    add_network,
    add_participation,
    add_to_network,
    edit_network,
    end_membership,
    end_participation,
)

__all__ = [
    "DIRECTORY_ALIASES",
    "DIRECTORY_COLUMNS",
    "FEE_COLUMNS",
    "CannotChange",
    "Fault",
    "Listed",
    "NotADirectory",
    "NotAFeeSchedule",
    "add_contract",
    "add_credential",
    "add_many_to_network",
    "add_network",
    "add_participation",
    "add_pharmacy",
    "add_to_network",
    "attest",
    "change_credential",
    "edit_contract",
    "edit_network",
    "edit_pharmacy",
    "end_attestation",
    "end_credential",
    "end_fee",
    "end_membership",
    "end_participation",
    "load_fees",
    "load_pharmacies",
    "plan_pharmacies",
    "record_checks",
    "set_fee",
    "set_uplift",
]
