"""Files that come in parts, until they are whole."""

from django.db import models
from django.utils import timezone

from carecoord.kernel.accounts.models import ApiClient, Organisation
from carecoord.kernel.tenancy.models import PublicModel
from carecoord.kernel.tenancy.rules import OWN_PAYERS, may
from patients.models import READ

from .deliveries import Delivery


class Upload(PublicModel):
    """A file that a client sends in parts. How much of it is there, the file on disk says: it survives whatever ends the process.
    Completed, it has a delivery."""

    payer = models.ForeignKey(Organisation, models.PROTECT)
    client = models.ForeignKey(ApiClient, models.PROTECT)
    format = models.CharField(max_length=30)
    file_name = models.CharField(max_length=200, blank=True)
    part = models.CharField(max_length=80, help_text="File name among the parts; never made from what a client sent.")
    length = models.BigIntegerField(null=True, help_text="Of the whole file, when the client said it.")
    idempotency_key = models.CharField(max_length=200, null=True)
    begun_at = models.DateTimeField(default=timezone.now)
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="+")

    walls = {
        "pbm": may(READ, OWN_PAYERS),
        "api": may("select, insert, update, delete", OWN_PAYERS),
        "worker": may("select, delete", OWN_PAYERS),
    }
    phi = frozenset({"file_name"})
    plain = frozenset(["payer", "client", "format", "part", "length", "idempotency_key", "begun_at", "delivery"])

    class Meta:
        indexes = [models.Index(fields=["payer", "begun_at"], name="uploads_by_age")]

    def __str__(self):
        return self.file_name or str(self.public_id)
