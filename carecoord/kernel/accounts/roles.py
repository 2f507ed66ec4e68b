"""Role -> permissions, as data. The kind of organisation says which roles it can give."""

from django.db.models import TextChoices

from .permissions import Permission as P


class Role(TextChoices):
    OWNER = "owner", "Pharmacy owner"
    PHARMACIST = "pharmacist", "Pharmacist"
    TECHNICIAN = "technician", "Technician"
    NETWORK_LEAD = "network_lead", "Network lead"
    PROGRAM = "program", "PBM programme manager"
    CLAIMS = "claims", "PBM claims and finance"
    ADMIN = "admin", "PBM administrator"
    AUDITOR = "auditor", "Auditor"


_COUNTER = {
    P.WORKLIST_VIEW,
    P.PATIENT_VIEW,
    P.FLAG_ASSIGN,
    P.FLAG_DISMISS,
    P.ENCOUNTER_WRITE,
    P.BILLING_VIEW,
    P.BILLING_MEND,
    P.PHARMACY_VIEW,
}

PERMISSIONS = {
    Role.OWNER: frozenset(_COUNTER | {P.ENCOUNTER_COMPLETE, P.STAFF_MANAGE, P.SUBSTANCE_USE_VIEW}),
    Role.PHARMACIST: frozenset(_COUNTER | {P.ENCOUNTER_COMPLETE, P.SUBSTANCE_USE_VIEW}),
    Role.TECHNICIAN: frozenset(_COUNTER),
    Role.NETWORK_LEAD: frozenset({P.NETWORK_VIEW, P.NETWORK_EDIT}),
    Role.PROGRAM: frozenset(
        {
            P.NETWORK_VIEW,
            P.NETWORK_EDIT,
            P.CONTRACT_EDIT,
            P.PROGRAM_VIEW,
            P.PROGRAM_EDIT,
            P.ROSTER_VIEW,
            P.ROSTER_EXPORT,
            P.SUBSTANCE_USE_VIEW,
            P.DELIVERY_VIEW,
            P.DELIVERY_WITHDRAW,
            P.CONFLICT_RULE,
            P.CLAIM_VIEW,
        }
    ),
    Role.CLAIMS: frozenset(
        {P.NETWORK_VIEW, P.PROGRAM_VIEW, P.ROSTER_VIEW, P.DELIVERY_VIEW, P.CLAIM_VIEW, P.CLAIM_ADJUDICATE, P.CLAIM_PAY}
    ),
    Role.ADMIN: frozenset(
        {
            P.NETWORK_VIEW,
            P.NETWORK_EDIT,
            P.CONTRACT_EDIT,
            P.PROGRAM_VIEW,
            P.DELIVERY_VIEW,
            P.SANDBOX_MANAGE,
            P.USER_MANAGE,
            P.SYSTEM_VIEW,
            P.WEBHOOK_MANAGE,
        }
    ),
    Role.AUDITOR: frozenset({P.AUDIT_VIEW}),
}

LOGIN = {"pharmacy": "portal", "network": "pbm", "pbm": "pbm", "payer": "pbm"}
"""Kind of organisation -> database log-in role of its people. An auditor logs in as `auditor`, wherever they work."""

ALLOWED = {
    "pharmacy": {Role.OWNER, Role.PHARMACIST, Role.TECHNICIAN, Role.AUDITOR},
    "network": {Role.NETWORK_LEAD, Role.AUDITOR},
    "pbm": {Role.PROGRAM, Role.CLAIMS, Role.ADMIN, Role.AUDITOR},
    "payer": {Role.AUDITOR},
}

LEADS = {"pharmacy": Role.OWNER, "network": Role.NETWORK_LEAD, "pbm": Role.ADMIN}
"""Kind of organisation -> who looks after its people. Without one nobody could invite, so the last may not leave."""
