import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pharmacies.standard
import uuid
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pharmacies', '0003_counties_of_pharmacies'),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name='ServiceAttestation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('service', models.CharField(help_text='A code of pharmacies/standard.py.', max_length=30)),
                ('attested_by', models.CharField(help_text='Who at the pharmacy gave their word.', max_length=120)),
                ('since', models.DateField(help_text='The day on which the word was given.')),
                ('until', models.DateField(help_text='The last day on which it counts, unless it is renewed.')),
                ('evidence', models.TextField(help_text='What was seen, and where it is kept.')),
            ],
        ),
        migrations.AddField(
            model_name='network',
            name='services',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), blank=True, default=pharmacies.standard.minimum_services, help_text='Codes of the services that every member attests; see pharmacies/standard.py.', size=None),
        ),
        migrations.AddField(
            model_name='serviceattestation',
            name='network',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attestations', to='pharmacies.network'),
        ),
        migrations.AddField(
            model_name='serviceattestation',
            name='pharmacy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attestations', to='pharmacies.pharmacy'),
        ),
        migrations.AddConstraint(
            model_name='serviceattestation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('network', '='), ('pharmacy', '='), ('service', '='), (models.Func(models.F('since'), models.F('until'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='one_attestation_a_day'),
        ),
        migrations.AddConstraint(
            model_name='serviceattestation',
            constraint=models.CheckConstraint(condition=models.Q(('until__gte', models.F('since'))), name='attestation_days'),
        ),
    ]
