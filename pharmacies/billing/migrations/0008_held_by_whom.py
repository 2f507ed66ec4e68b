from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_numbers_of_interchanges")]

    operations = [
        migrations.AlterField(
            model_name="serviceclaim",
            name="status",
            field=models.CharField(
                choices=[
                    ("held", "Held"),
                    ("submitted", "Submitted"),
                    ("pended", "Pended"),
                    ("approved", "Approved"),
                    ("denied", "Denied"),
                    ("paid", "Paid"),
                    ("voided", "Voided"),
                    ("replaced", "Replaced"),
                ],
                max_length=10,
            ),
        ),
    ]
