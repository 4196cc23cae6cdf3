from django.db import migrations, models
from django.db.models import F, Q


def end(apps, schema_editor):
    """Only what held until now stays open: of each alert at most one."""
    rows = apps.get_model('deliveries', 'Acknowledgement').objects.filter(withdrawn_at=None)
    same = Q(starts_at=F('alert__starts_at')) | Q(starts_at=None, alert__starts_at=None)
    standing = rows.filter(same, alert__status='firing').values('pk')
    rows.exclude(pk__in=standing).update(ended_at=F('at'))


class Migration(migrations.Migration):

    dependencies = [
        ('deliveries', '0017_kept_back'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='acknowledgement', name='one_acknowledgement_an_episode'),
        migrations.RemoveConstraint(model_name='acknowledgement', name='one_acknowledgement_without_a_start'),
        migrations.AddField(
            model_name='acknowledgement',
            name='ended_at',
            field=models.DateTimeField(help_text='When another took the place of this one, which held no more.', null=True),
        ),
        migrations.RunPython(end, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='acknowledgement',
            constraint=models.UniqueConstraint(condition=Q(('ended_at', None), ('withdrawn_at', None)), fields=('alert',), name='one_acknowledgement_stands'),
        ),
    ]
