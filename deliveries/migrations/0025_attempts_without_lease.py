"""An attempt no longer keeps the token of its lease: nothing ever read it.

The column stays, empty from now on, for processes of an older version that run beside this one while it is replaced and
still write it. A later version may drop it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("deliveries", "0024_web_writes")]

    operations = [
        migrations.AlterField(
            model_name="attempt", name="lease_token", field=models.UUIDField(editable=False, null=True)
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="attempt", name="lease_token")]
        ),
    ]
