"""The portal's addresses. Ids are opaque; names and dates of birth travel by POST."""

from django.urls import path

from .views import billing, encounters, flags, patients, pharmacy, statement, today

app_name = "portal"
urlpatterns = [
    path("", today.today, name="today"),
    path("worklist.csv", today.export, name="today_csv"),
    path("flags/<uuid:public_id>/", flags.flag, name="flag"),
    path("flags/<uuid:public_id>/assign/", flags.assign, name="assign"),
    path("flags/<uuid:public_id>/dismiss/", flags.dismiss, name="dismiss"),
    path("flags/<uuid:public_id>/reopen/", flags.reopen, name="reopen"),
    path("patients/", patients.search, name="patients"),
    path("patients/<uuid:public_id>/", patients.patient, name="patient"),
    path("patients/<uuid:public_id>/start/", patients.start, name="start"),
    path("patients/<uuid:public_id>/consent/", patients.consent, name="consent"),
    path("encounters/<uuid:public_id>/", encounters.encounter, name="encounter"),
    path("encounters/<uuid:public_id>/save/", encounters.save, name="save"),
    path("encounters/<uuid:public_id>/complete/", encounters.complete, name="complete"),
    path("encounters/<uuid:public_id>/discard/", encounters.discard, name="discard"),
    path("encounters/<uuid:public_id>/restore/", encounters.restore, name="restore"),
    path("billing/", billing.claims, name="billing"),
    path("billing/claims.csv", billing.export, name="billing_csv"),
    path("billing/claims/<uuid:public_id>/", billing.claim, name="claim"),
    path("billing/claims/<uuid:public_id>/resubmit/", billing.resubmit, name="resubmit"),
    path("billing/claims/<uuid:public_id>/correct/", billing.correct, name="correct"),
    path("billing/claims/<uuid:public_id>/void/", billing.void, name="void"),
    path("billing/statement/", statement.statement, name="statement"),
    path("billing/statement.csv", statement.statement_csv, name="statement_csv"),
    path("billing/remittances/<uuid:public_id>/", billing.remittance, name="remittance"),
    path("pharmacy/", pharmacy.pharmacy, name="pharmacy"),
]
