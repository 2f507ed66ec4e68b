"""What a person may do. Views ask for a permission, roles hold them; nobody asks for a role."""

from enum import StrEnum


class Permission(StrEnum):
    # Portal
    WORKLIST_VIEW = "worklist.view"
    PATIENT_VIEW = "patient.view"
    SUBSTANCE_USE_VIEW = "substance_use.view"
    FLAG_ASSIGN = "flag.assign"
    FLAG_DISMISS = "flag.dismiss"
    ENCOUNTER_WRITE = "encounter.write"
    ENCOUNTER_COMPLETE = "encounter.complete"
    BILLING_VIEW = "billing.view"
    BILLING_MEND = "billing.mend"
    PHARMACY_VIEW = "pharmacy.view"
    STAFF_MANAGE = "staff.manage"
    # PBM site
    NETWORK_VIEW = "network.view"
    NETWORK_EDIT = "network.edit"
    CONTRACT_EDIT = "contract.edit"
    PROGRAM_VIEW = "program.view"
    PROGRAM_EDIT = "program.edit"
    ROSTER_VIEW = "roster.view"
    ROSTER_EXPORT = "roster.export"
    DELIVERY_VIEW = "delivery.view"
    DELIVERY_WITHDRAW = "delivery.withdraw"
    SANDBOX_MANAGE = "sandbox.manage"
    CONFLICT_RULE = "conflict.rule"
    CLAIM_VIEW = "claim.view"
    CLAIM_ADJUDICATE = "claim.adjudicate"
    CLAIM_PAY = "claim.pay"
    USER_MANAGE = "user.manage"
    AUDIT_VIEW = "audit.view"
    SYSTEM_VIEW = "system.view"
    WEBHOOK_MANAGE = "webhook.manage"
    # API
    FEED_SEND = "feed.send"


SHOWS_PHI = frozenset(
    {
        Permission.WORKLIST_VIEW,
        Permission.PATIENT_VIEW,
        Permission.SUBSTANCE_USE_VIEW,
        Permission.ENCOUNTER_WRITE,
        Permission.BILLING_VIEW,
        Permission.ROSTER_VIEW,
        Permission.DELIVERY_VIEW,
        Permission.CLAIM_VIEW,
        Permission.AUDIT_VIEW,
    }
)
"""Whoever holds one of these must sign in with a second factor."""
