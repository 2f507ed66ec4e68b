"""Each file that goes out has a control number of its own; receivers refuse one that they had before."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_people_in_claims")]
    operations = [
        migrations.RunSQL(
            "create sequence billing_interchange maxvalue 999999999 cycle", "drop sequence billing_interchange"
        )
    ]
