"""The portal's addresses. Ids are opaque; names and dates of birth travel by POST."""

from django.urls import path

from .views import billing, encounters, everyday, flags, outreach, patients, pharmacy, plan, today, vaccines

app_name = "portal"
urlpatterns = [
    path("", today.today, name="today"),
    path("worklist.csv", today.export, name="today_csv"),
    path("flags/<uuid:public_id>/", flags.flag, name="flag"),
    path("flags/<uuid:public_id>/assign/", flags.assign, name="assign"),
    path("flags/<uuid:public_id>/dismiss/", flags.dismiss, name="dismiss"),
    path("flags/<uuid:public_id>/reopen/", flags.reopen, name="reopen"),
    path("flags/<uuid:public_id>/try/", outreach.log_try, name="try"),
    path("flags/<uuid:public_id>/snooze/", outreach.snooze, name="snooze"),
    path("flags/<uuid:public_id>/wake/", outreach.wake, name="wake"),
    path("patients/", patients.search, name="patients"),
    path("patients/<uuid:public_id>/", patients.patient, name="patient"),
    path("patients/<uuid:public_id>/start/", patients.start, name="start"),
    path("patients/<uuid:public_id>/consent/", patients.consent, name="consent"),
    path("patients/<uuid:public_id>/facts/", everyday.facts, name="facts"),
    path("patients/<uuid:public_id>/death/", everyday.death, name="death"),
    path("facts/<uuid:public_id>/end/", everyday.end, name="end_fact"),
    path("patients/<uuid:public_id>/plan/", plan.plan, name="plan"),
    path("problems/<uuid:public_id>/move/", plan.move, {"what": "problem"}, name="move_problem"),
    path("goals/<uuid:public_id>/move/", plan.move, {"what": "goal"}, name="move_goal"),
    path("interventions/<uuid:public_id>/move/", plan.move, {"what": "intervention"}, name="move_intervention"),
    path("encounters/<uuid:public_id>/", encounters.encounter, name="encounter"),
    path("encounters/<uuid:public_id>/save/", encounters.save, name="save"),
    path("encounters/<uuid:public_id>/complete/", encounters.complete, name="complete"),
    path("encounters/<uuid:public_id>/discard/", encounters.discard, name="discard"),
    path("encounters/<uuid:public_id>/restore/", encounters.restore, name="restore"),
    path("vaccines/", vaccines.refrigerator, name="vaccines"),
    path("vaccines/lots.csv", vaccines.export, name="vaccines_csv"),
    path("vaccines/lots/<uuid:public_id>/", vaccines.lot, name="lot"),
    path("vaccines/given/", vaccines.given, name="doses_given"),
    path("billing/", billing.claims, name="billing"),
    path("billing/claims.csv", billing.export, name="billing_csv"),
    path("billing/claims/<uuid:public_id>/", billing.claim, name="claim"),
    path("billing/claims/<uuid:public_id>/resubmit/", billing.resubmit, name="resubmit"),
    path("billing/remittances/<uuid:public_id>/", billing.remittance, name="remittance"),
    path("pharmacy/", pharmacy.pharmacy, name="pharmacy"),
]
