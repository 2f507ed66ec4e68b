"""Service billing: frozen legal snapshots, what was decided about them, and where every cent went."""

from .claims import Adjustment, ClaimChange, EditResult, ServiceClaim, ServiceLine
from .invoices import Invoice, InvoiceLine
from .payments import LedgerEntry, ProviderAdjustment, Recoupment, Remittance, RemittanceLine

__all__ = [
    "Adjustment",
    "ClaimChange",
    "EditResult",
    "Invoice",
    "InvoiceLine",
    "LedgerEntry",
    "ProviderAdjustment",
    "Recoupment",
    "Remittance",
    "RemittanceLine",
    "ServiceClaim",
    "ServiceLine",
]
