"""Two people who start the same service for the same patient work on one draft."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("care", "0001_initial")]

    operations = [
        migrations.AddConstraint(
            model_name="encounter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "draft")),
                fields=("pharmacy", "patient", "protocol"),
                name="one_open_draft",
            ),
        ),
    ]
