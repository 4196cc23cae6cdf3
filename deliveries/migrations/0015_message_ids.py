"""Each delivery has the id of its message in a column. What is open and was tried keeps the id it was tried with, so that
a repeat finds itself in the room; all else that is open gets a random one."""

import hashlib

from django.db import migrations, models

import deliveries.rocketchat.message_ids

_AT_ONCE = 500


def give_ids(apps, schema_editor):
    Delivery = apps.get_model("deliveries", "Delivery")
    still_open = Delivery.objects.filter(ended_at=None, message_id="").select_related("target")
    while some := list(still_open.order_by("pk")[:_AT_ONCE]):
        for delivery in some:
            was_tried = delivery.attempt_count and delivery.target is not None
            known = f"{delivery.target.uid}:{delivery.pk}" if was_tried else ""
            derived = hashlib.sha256(known.encode()).hexdigest()[: deliveries.rocketchat.message_ids.LENGTH]
            delivery.message_id = derived if was_tried else deliveries.rocketchat.message_ids.new()
        Delivery.objects.bulk_update(some, ["message_id"])


class Migration(migrations.Migration):

    dependencies = [("deliveries", "0014_filters_of_deliveries")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="message_id",
            field=models.CharField(
                db_default="",
                default=deliveries.rocketchat.message_ids.new,
                help_text="The id of its message in Rocket.Chat, where it is posted through a server.",
                max_length=17,
            ),
        ),
        migrations.RunPython(give_ids, migrations.RunPython.noop),
    ]
