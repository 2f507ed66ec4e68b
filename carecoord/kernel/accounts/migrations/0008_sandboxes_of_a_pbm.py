"""Which PBM's administrators look after a sandbox."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_key_of_a_token")]
    operations = [
        migrations.AddField(
            model_name="organisation",
            name="sandbox_of",
            field=models.ForeignKey(
                blank=True,
                help_text="Who looks after a sandbox.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sandboxes",
                to="accounts.organisation",
            ),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.CheckConstraint(
                condition=models.Q(("sandbox_of", None), ("is_sandbox", True), _connector="OR"),
                name="organisation_of_a_pbm_is_a_sandbox",
            ),
        ),
    ]
