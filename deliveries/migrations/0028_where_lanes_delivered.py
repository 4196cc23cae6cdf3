"""Which address the last delivery reached, so that a changed one is not called "ok" before anything arrived there."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deliveries', '0027_smaller_rows'),
    ]

    operations = [
        migrations.AddField(
            model_name='lane',
            name='delivered_to',
            field=models.CharField(blank=True, db_default='', default='', help_text='A mark of where the last delivery that went well led; empty: from before it was kept.', max_length=64),
        ),
    ]
