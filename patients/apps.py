from django.apps import AppConfig


class Patients(AppConfig):
    name = "patients"
    label = "patients"

    def ready(self):
        from patients.models.records import refs_of
        from pharmacies.billing import persons

        persons.tell(refs_of)
