# What pages call dead letters and rejected requests. No row and no table changes.

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("deliveries", "0028_where_lanes_delivered")]

    operations = [
        migrations.AlterModelOptions(
            name="deadletter",
            options={"default_permissions": (), "ordering": ["-id"], "verbose_name": "undelivered message"},
        ),
        migrations.AlterModelOptions(
            name="rejectedrequest", options={"ordering": ["-last_at"], "verbose_name": "refused request"}
        ),
    ]
