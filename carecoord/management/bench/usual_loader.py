"""The loader that most projects would write: a serializer a line, and bulk_create. The measure of what the feeds' own way saves.

It checks less than ours (no cross-field rules, no versions, no reversals), finds no repeats, derives nothing, and writes one
table without row-level security, with the same columns and the same two indexes that a look-up by claim and by member needs.
"""

import csv
import time

from django.db import connections, models
from rest_framework import serializers

BATCH = 1_000
TABLE = "bench_usual_claim"


class UsualClaim(models.Model):
    claim_id = models.CharField(max_length=100)
    claim_line_number = models.IntegerField()
    person_id = models.CharField(max_length=100, blank=True)
    member_id = models.CharField(max_length=100)
    payer = models.CharField(max_length=60, blank=True)
    plan = models.CharField(max_length=60, blank=True)
    prescribing_provider_npi = models.CharField(max_length=60, blank=True)
    dispensing_provider_npi = models.CharField(max_length=60, blank=True)
    dispensing_date = models.DateField()
    ndc_code = models.CharField(max_length=20, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    days_supply = models.IntegerField(null=True)
    refills = models.IntegerField(null=True)
    paid_date = models.DateField(null=True)
    paid_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    allowed_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    charge_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    rx_number = models.CharField(max_length=60, blank=True)
    fill_number = models.IntegerField(null=True)
    transaction_code = models.CharField(max_length=2, blank=True)
    original_claim_id = models.CharField(max_length=100, blank=True)
    data_source = models.CharField(max_length=60, blank=True)

    class Meta:
        app_label = "bench"
        managed = False
        db_table = TABLE
        indexes = [
            models.Index(fields=["claim_id", "claim_line_number"], name="bench_usual_of_claim"),
            models.Index(fields=["member_id", "dispensing_date"], name="bench_usual_of_member"),
        ]


class UsualSerializer(serializers.ModelSerializer):
    class Meta:
        model = UsualClaim
        exclude = ("id",)


NULLABLE = [field.name for field in UsualClaim._meta.fields if field.null]


def load(path):
    """(seconds, lines loaded, lines refused) of a file of pharmacy claims, as the owner, in a table made for it."""
    with connections["owner"].schema_editor() as editor:
        editor.create_model(UsualClaim)
    try:
        began = time.monotonic()
        loaded, refused = _load(path)
        return time.monotonic() - began, loaded, refused
    finally:
        with connections["owner"].schema_editor() as editor:
            editor.delete_model(UsualClaim)


def _load(path):
    loaded, refused, batch = 0, 0, []
    with path.open(newline="") as stream:
        for row in csv.DictReader(stream):
            serializer = UsualSerializer(data={name: None if row.get(name) == "" and name in NULLABLE else value
                                               for name, value in row.items()})  # fmt: skip
            if not serializer.is_valid():
                refused += 1
                continue
            batch.append(UsualClaim(**serializer.validated_data))
            if len(batch) == BATCH:
                loaded, batch = loaded + len(UsualClaim.objects.using("owner").bulk_create(batch)), []
    return loaded + len(UsualClaim.objects.using("owner").bulk_create(batch)), refused
