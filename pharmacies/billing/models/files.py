"""Claim files: how the two ends are named in them, and the remittances (835) of payers that pay outside our adjudication."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from carecoord.kernel.accounts.models import Organisation, User
from carecoord.kernel.npi import validate_npi
from carecoord.kernel.tenancy.models import PublicModel, SameTenant, TenantModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, OWN_PHARMACY, Everyone, may
from pharmacies.models import OF_MY_PHARMACIES, Pharmacy

from .claims import READ, ServiceClaim

COMMUNITY_PHARMACY, PHARMACIST = "3336C0003X", "183500000X"
TAX_ID = RegexValidator(r"^[0-9]{9}\Z", "A tax number (EIN) has nine digits.")
LONG_ZIP = RegexValidator(r"^[0-9]{9}\Z", "A ZIP code in a claim has nine digits.")
PHONE = RegexValidator(r"^[0-9]{10}\Z", "A telephone number has ten digits.")
TAXONOMY = RegexValidator(r"^[0-9A-Z]{9}X\Z", "A taxonomy code has ten places, such as 3336C0003X.")


def validate_trader_id(text):
    """Ids of the ends of a file: letters and digits that X12 can carry."""
    if not re.fullmatch(r"[0-9A-Za-z]{2,15}", text, re.ASCII):
        raise ValidationError("2 to 15 letters and digits.")


class BillingIdentity(TenantModel):
    """How a pharmacy is named in claims, beside what the directory knows of it."""

    pharmacy = models.OneToOneField(Pharmacy, models.PROTECT, related_name="billing_identity")
    tax_id = models.CharField("tax number (EIN)", max_length=9, validators=[TAX_ID], help_text="Nine digits.")
    taxonomy = models.CharField("taxonomy code", max_length=10, default=COMMUNITY_PHARMACY, validators=[TAXONOMY])
    zip = models.CharField("ZIP code, nine digits", max_length=9, validators=[LONG_ZIP])
    contact_name = models.CharField("who answers questions", max_length=60)
    contact_phone = models.CharField("their telephone", max_length=10, validators=[PHONE], help_text="Ten digits.")

    walls = {"portal": may("select, insert, update", OWN_PHARMACY), "pbm": may(READ, OF_MY_PHARMACIES)}
    plain = frozenset(["pharmacy", "tax_id", "taxonomy", "zip", "contact_name", "contact_phone"])

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(tax_id__regex=r"^[0-9]{9}$"), name="tax_id_has_nine_digits")]


class PersonIdentity(TenantModel):
    """How somebody who serves at a pharmacy is named in its claims, by their own NPI; the pharmacy stays who bills."""

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    last_name = models.CharField(max_length=60)
    first_name = models.CharField(max_length=35, blank=True)
    npi = models.CharField("NPI", max_length=10, validators=[validate_npi])
    taxonomy = models.CharField("taxonomy code", max_length=10, default=PHARMACIST, validators=[TAXONOMY])

    walls = {"portal": may("select, insert, update, delete", OWN_PHARMACY), "pbm": may(READ, OF_MY_PHARMACIES)}
    plain = frozenset(["pharmacy", "person", "last_name", "first_name", "npi", "taxonomy"])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "person"], name="person_named_once"),
            models.UniqueConstraint(fields=["pharmacy", "npi"], name="npi_of_one_person"),
            models.CheckConstraint(condition=Q(npi__regex=r"^[12][0-9]{9}$"), name="person_npi_has_ten_digits"),
            models.CheckConstraint(condition=~Q(last_name=""), name="named_person_has_a_name"),
        ]


class PayerIdentity(TenantModel):
    """How a payer is named in claims and remittances. No secret: whoever sends it a claim must know."""

    payer = models.OneToOneField(Organisation, models.PROTECT, related_name="+")
    edi_id = models.CharField("id in claim files", max_length=15, validators=[validate_trader_id])
    tax_id = models.CharField("tax number (EIN)", max_length=9, validators=[TAX_ID], help_text="Nine digits.")
    street = models.CharField(max_length=55)
    city = models.CharField(max_length=30)
    state = models.CharField(max_length=2, validators=[RegexValidator(r"^[A-Z]{2}\Z", "Two capital letters.")])
    zip = models.CharField("ZIP code, nine digits", max_length=9, validators=[LONG_ZIP])
    contact_name = models.CharField("who answers questions", max_length=60)
    contact_phone = models.CharField("their telephone", max_length=10, validators=[PHONE], help_text="Ten digits.")

    walls = {"portal": may(READ, Everyone()), "pbm": may("select, insert, update", OWN_PAYERS)}
    plain = frozenset(["payer", "edi_id", "tax_id", "street", "city", "state", "zip", "contact_name", "contact_phone"])

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(tax_id__regex=r"^[0-9]{9}$"), name="payer_tax_id_nine_digits")
        ]


class ReceivedRemittance(PublicModel):
    """One payment of an 835 that a pharmacy loaded: proposed until a person posts it, or sets it aside.

    total = the claims' paid - provider-level adjustments, proved before the row is written.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Waits for you"
        POSTED = "posted", "Posted"
        ASIDE = "aside", "Set aside"

    TRANSITIONS = {
        Status.PROPOSED: {Status.POSTED, Status.ASIDE},
        Status.POSTED: set(),
        Status.ASIDE: {Status.PROPOSED},
    }

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    payer_name = models.CharField(max_length=60)
    payer_tax_id = models.CharField(max_length=9, blank=True)
    trace = models.CharField(max_length=50)
    method = models.CharField(max_length=3, blank=True)
    paid_on = models.DateField()
    total_cents = models.BigIntegerField()
    provider_adjustments = models.JSONField(default=list, help_text="PLB: reason, reference, cents; positive is less.")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    loaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    loaded_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    walls = {"portal": may("select, insert, update (status, decided_by_id, decided_at)", OWN_PHARMACY)}
    phi = frozenset({"file_name"})
    plain = frozenset(
        [
            "pharmacy",
            "payer_name",
            "payer_tax_id",
            "trace",
            "method",
            "paid_on",
            "total_cents",
            "provider_adjustments",
            "sha256",
            "status",
            "loaded_by",
            "loaded_at",
            "decided_by",
            "decided_at",
        ]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pharmacy", "payer_tax_id", "trace"], name="one_received_payment_a_trace"),
            models.UniqueConstraint(fields=["pharmacy", "id"], name="received_remittance_of_pharmacy"),
            models.CheckConstraint(
                condition=Q(status="proposed", decided_by=None, decided_at=None)
                | ~Q(status="proposed") & ~Q(decided_by=None) & ~Q(decided_at=None),
                name="decided_by_somebody",
            ),
        ]

    def __str__(self):
        return self.trace


class ReceivedClaim(PublicModel):
    """One claim of a received payment, and what posting does with it. Nothing is ever written off by itself.

    charge = paid + contractual (CO) + patient (PR) + other (OA, PI, CR); in a reversal all are negative.
    """

    class Way(models.TextChoices):
        POST = "post", "Is posted"
        QUEUE = "queue", "Needs somebody"

    pharmacy = models.ForeignKey(Pharmacy, models.PROTECT, db_index=False)
    remittance = models.ForeignKey(ReceivedRemittance, models.PROTECT, related_name="claims")
    position = models.PositiveIntegerField()
    claim = models.ForeignKey(ServiceClaim, models.PROTECT, null=True, related_name="received")
    control_number = models.CharField(max_length=50)
    icn = models.CharField(max_length=50, blank=True)
    status_code = models.CharField("CLP02", max_length=2)
    patient_name = models.CharField(max_length=120, blank=True)
    charge_cents = models.BigIntegerField()
    paid_cents = models.BigIntegerField()
    contractual_cents = models.BigIntegerField()
    patient_cents = models.BigIntegerField()
    other_cents = models.BigIntegerField()
    adjustments = models.JSONField(default=list, help_text="Each CAS triple: line, group, reason, cents; remarks.")
    way = models.CharField(max_length=5, choices=Way)
    why = models.TextField(blank=True, help_text="Why it needs somebody.")
    settled_note = models.TextField(blank=True, help_text="What somebody did about it.")
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    walls = {
        "portal": may("select, insert, update (way, why, settled_note, settled_by_id, settled_at)", OWN_PHARMACY),
    }
    phi = frozenset({"claim", "patient_name", "why", "settled_note"})
    plain = frozenset(
        [
            "pharmacy",
            "remittance",
            "position",
            "control_number",
            "icn",
            "status_code",
            "charge_cents",
            "paid_cents",
            "contractual_cents",
            "patient_cents",
            "other_cents",
            "adjustments",
            "way",
            "settled_by",
            "settled_at",
        ]
    )

    class Meta:
        indexes = [
            models.Index(fields=["pharmacy", "id"], condition=Q(way="queue", settled_at=None), name="received_to_work")
        ]
        constraints = [
            models.UniqueConstraint(fields=["remittance", "position"], name="received_claim_once"),
            models.CheckConstraint(
                condition=Q(
                    charge_cents=models.F("paid_cents")
                    + models.F("contractual_cents")
                    + models.F("patient_cents")
                    + models.F("other_cents")
                ),
                name="received_claim_balances",
            ),
            models.CheckConstraint(
                condition=Q(way="post", why="", other_cents=0) & ~Q(claim=None) | Q(way="queue") & ~Q(why=""),
                name="only_what_is_clear_is_posted",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_by=None, settled_note="")
                | Q(way="queue") & ~Q(settled_at=None) & ~Q(settled_by=None) & ~Q(settled_note=""),
                name="settled_with_a_note",
            ),
            SameTenant(
                fields=["pharmacy_id", "remittance_id"],
                to="billing_receivedremittance",
                to_fields=["pharmacy_id", "id"],
                name="received_claim_of_its_remittance",
            ),
            SameTenant(
                fields=["pharmacy_id", "claim_id"],
                to="billing_serviceclaim",
                to_fields=["pharmacy_id", "id"],
                name="received_for_its_claim",
            ),
        ]
