"""Service billing: frozen legal snapshots, what was decided about them, and where every cent went."""

from .claims import Adjustment, ClaimChange, EditResult, ServiceClaim, ServiceLine
from .files import BillingIdentity, PayerIdentity, PersonIdentity, ReceivedClaim, ReceivedRemittance
from .invoices import Invoice, InvoiceLine
from .payments import LedgerEntry, ProviderAdjustment, Recoupment, Remittance, RemittanceLine

__all__ = [
    "Adjustment",
    "BillingIdentity",
    "ClaimChange",
    "EditResult",
    "Invoice",
    "InvoiceLine",
    "LedgerEntry",
    "PayerIdentity",
    "PersonIdentity",
    "ProviderAdjustment",
    "ReceivedClaim",
    "ReceivedRemittance",
    "Recoupment",
    "Remittance",
    "RemittanceLine",
    "ServiceClaim",
    "ServiceLine",
]
