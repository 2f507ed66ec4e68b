"""Outbox handlers: three lines each. carecoord/schedule.py says which topic calls which."""

from django.apps import apps
from django.db import connection

from carecoord.kernel.jobs import actions as jobs

from . import actions, conflicts, notices, people
from . import load as loading
from .models import ConflictRuling, Delivery, PersonRuling


def load(row):
    """delivery.received: the bytes become events."""
    loading.load(delivery=Delivery.objects.get(pk=row.subject_id))


def grown(row):
    """claims.grown: fresh statistics in a transaction of their own, then what follows from any delivery."""
    with connection.cursor() as cursor:
        tables = [model._meta.db_table for model in apps.get_app_config("claims").get_models()]
        cursor.execute(
            "select app.analyze(%s)", [[*tables, "patients_coverage", "patients_member", "patients_patient"]]
        )
    jobs.hand_on(topic="patients.touched", payer_id=row.payer_id, subject_id=row.subject_id, detail=row.detail)


def withdraw(row):
    """delivery.withdrawn: the events leave the set."""
    delivery = Delivery.objects.get(pk=row.subject_id)
    loading.withdraw(delivery=delivery)
    notices.tell(delivery, "delivery.withdrawn")


def ruled(row):
    """conflict.ruled: a person said which version stands, or took that back."""
    conflicts.refold(ruling=ConflictRuling.objects.get(pk=row.subject_id))


def person_ruled(row):
    """person.ruled: a person said whether two ids are one person's, or took that back."""
    people.refold(ruling=PersonRuling.objects.get(pk=row.subject_id))


def given_up(row):
    """delivery.received or delivery.withdrawn failed too often: the delivery says so."""
    actions.give_up(delivery=Delivery.objects.get(pk=row.subject_id), fault=row.last_error, by=None)
