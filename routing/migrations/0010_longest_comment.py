"""Comments of silences have a longest length in forms and API; no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0009_numbers_within_bounds'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='historicalsilence',
                    name='comment',
                    field=models.TextField(help_text='Why, so that others need not ask: what is done, by whom, until when.', max_length=1000),
                ),
                migrations.AlterField(
                    model_name='silence',
                    name='comment',
                    field=models.TextField(help_text='Why, so that others need not ask: what is done, by whom, until when.', max_length=1000),
                ),
            ],
        ),
    ]
