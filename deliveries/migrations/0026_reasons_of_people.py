"""What a person says of an intervention is called its reason; and where the words of reasons stand.

Only the state changes: columns are called as before, for processes of an older version that run beside this one.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("deliveries", "0025_attempts_without_lease")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("intervention", "why", "reason"),
                migrations.AlterField("intervention", "reason", models.TextField(blank=True, db_column="why")),
                migrations.AlterField(
                    "attempt",
                    "reason",
                    models.CharField(blank=True, help_text="A word of reasons.Reason.", max_length=30),
                ),
                migrations.AlterField(
                    "lane",
                    "broken_reason",
                    models.CharField(blank=True, help_text="A word of reasons.Reason.", max_length=30),
                ),
            ]
        ),
    ]
