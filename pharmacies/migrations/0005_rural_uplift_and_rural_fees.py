import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pharmacies', '0004_attestations_of_services'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuralUplift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('basis_points', models.PositiveIntegerField(help_text='1250 is 12.5 percent.')),
                ('since', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='fee',
            name='fee_once_a_day',
        ),
        migrations.AddField(
            model_name='fee',
            name='area',
            field=models.CharField(choices=[('any', 'Everywhere'), ('rural', 'Rural pharmacies')], default='any', max_length=10),
        ),
        migrations.AlterField(
            model_name='fee',
            name='code',
            field=models.CharField(help_text="A service code: CPT, HCPCS, or the programme's own.", max_length=20),
        ),
        migrations.AddConstraint(
            model_name='fee',
            constraint=models.UniqueConstraint(fields=('contract', 'code', 'area', 'since'), name='fee_once_a_day'),
        ),
        migrations.AddConstraint(
            model_name='fee',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('contract', '='), ('code', '='), ('area', '='), (models.Func(models.F('since'), models.F('until'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='one_fee_a_day'),
        ),
        migrations.AddField(
            model_name='ruraluplift',
            name='contract',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uplifts', to='pharmacies.contract'),
        ),
        migrations.AddConstraint(
            model_name='ruraluplift',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('contract', '='), (models.Func(models.F('since'), models.F('until'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='one_uplift_a_day'),
        ),
        migrations.AddConstraint(
            model_name='ruraluplift',
            constraint=models.CheckConstraint(condition=models.Q(('basis_points__range', (0, 10000))), name='uplift_doubles_at_most'),
        ),
        migrations.AddConstraint(
            model_name='ruraluplift',
            constraint=models.CheckConstraint(condition=models.Q(('until', None), ('until__gte', models.F('since')), _connector='OR'), name='uplift_days'),
        ),
    ]
