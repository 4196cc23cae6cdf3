"""Numbers people enter have bounds now; what was stored beyond them is brought inside.

No column changes: what keeps the bounds is the model.
"""

from django.db import migrations, models

_MOST_CALLS, _MOST_SECONDS, _LAST_POSITION = 1_000, 3_600, 1_000_000
_OTHERS = (
    ("Target", "connect_timeout", 1, 30),
    ("Target", "timeout", 1, 30),
    ("Target", "text_limit", 500, 100_000),
    ("Target", "digest_after", 0, 3_600),
    ("Target", "fallback_after", 0, 86_400),
    ("Source", "duplicate_window", 0, 86_400),
)


def bring_inside(apps, schema_editor):
    for name in ("Target", "RocketChatServer"):
        _slow_down(apps.get_model("routing", name).objects)
    for name, field, least, most in _OTHERS:
        rows = apps.get_model("routing", name).objects
        rows.filter(**{f"{field}__gt": most}).update(**{field: most})
        rows.filter(**{f"{field}__lt": least}).update(**{field: least})
    _number_anew(apps.get_model("routing", "Rule").objects)


def _slow_down(rows):
    """Too many calls become fewer in a shorter time: as many get through, as far as that can be said."""
    rows.filter(rate_limit_seconds__gt=_MOST_SECONDS).update(rate_limit_seconds=_MOST_SECONDS)
    rows.filter(rate_limit_seconds__lt=1).update(rate_limit_seconds=1)
    beyond = rows.filter(rate_limit_calls__gt=_MOST_CALLS)
    for pk, calls, seconds in list(beyond.values_list("pk", "rate_limit_calls", "rate_limit_seconds")):
        shorter = max(1, seconds * _MOST_CALLS // calls)
        rows.filter(pk=pk).update(rate_limit_calls=_MOST_CALLS, rate_limit_seconds=shorter)


def _number_anew(rules):
    """Their order counts, so all of them get new numbers if one lies beyond."""
    if not rules.filter(position__gt=_LAST_POSITION).exists():
        return
    ids = list(rules.filter(is_fallback=False).order_by("position", "id").values_list("pk", flat=True))
    step = max(1, min(10, _LAST_POSITION // len(ids)))
    for place, pk in enumerate(ids, start=1):
        rules.filter(pk=pk).update(position=min(place * step, _LAST_POSITION))


class Migration(migrations.Migration):

    dependencies = [
        ('routing', '0008_templates'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='historicalrocketchatserver',
                    name='rate_limit_calls',
                    field=models.PositiveIntegerField(default=0, help_text='For the account, over all its rooms; 0: no limit. Rocket.Chat does not limit accounts with the role bot, others to 10 a minute.', verbose_name='rate limit: calls'),
                ),
                migrations.AlterField(
                    model_name='historicalrocketchatserver',
                    name='rate_limit_seconds',
                    field=models.PositiveIntegerField(default=60, verbose_name='rate limit: seconds'),
                ),
                migrations.AlterField(
                    model_name='historicalrule',
                    name='position',
                    field=models.PositiveIntegerField(db_index=True, default=0, help_text='Rules are tried from low to high.'),
                ),
                migrations.AlterField(
                    model_name='historicalsource',
                    name='duplicate_window',
                    field=models.PositiveIntegerField(default=120, help_text='Seconds in which the same state told again counts as a duplicate (a second Alertmanager peer, a retry). Keep it below your group_interval.'),
                ),
                migrations.AlterField(
                    model_name='historicaltarget',
                    name='connect_timeout',
                    field=models.PositiveIntegerField(default=3, help_text='Seconds.'),
                ),
                migrations.AlterField(
                    model_name='historicaltarget',
                    name='digest_after',
                    field=models.PositiveIntegerField(default=30, help_text='Seconds a message may wait for the rate limit; if more waits than that carries, it is merged into digests. 0: never merge.', verbose_name='merge after'),
                ),
                migrations.AlterField(
                    model_name='historicaltarget',
                    name='fallback_after',
                    field=models.PositiveIntegerField(default=900, help_text='Seconds of trouble before that.'),
                ),
                migrations.AlterField(
                    model_name='historicaltarget',
                    name='rate_limit_calls',
                    field=models.PositiveIntegerField(default=10, help_text='Rocket.Chat allows 10 a minute for a webhook; 0: no limit.', verbose_name='rate limit: calls'),
                ),
                migrations.AlterField(
                    model_name='historicaltarget',
                    name='rate_limit_seconds',
                    field=models.PositiveIntegerField(default=60, verbose_name='rate limit: seconds'),
                ),
                migrations.AlterField(
                    model_name='historicaltarget',
                    name='text_limit',
                    field=models.PositiveIntegerField(default=5000, help_text='Characters a message may have: Message_MaxAllowedSize of the server.'),
                ),
                migrations.AlterField(
                    model_name='historicaltarget',
                    name='timeout',
                    field=models.PositiveIntegerField(default=10, help_text='Seconds for the whole call: connecting, sending and the answer.'),
                ),
                migrations.AlterField(
                    model_name='rocketchatserver',
                    name='rate_limit_calls',
                    field=models.PositiveIntegerField(default=0, help_text='For the account, over all its rooms; 0: no limit. Rocket.Chat does not limit accounts with the role bot, others to 10 a minute.', verbose_name='rate limit: calls'),
                ),
                migrations.AlterField(
                    model_name='rocketchatserver',
                    name='rate_limit_seconds',
                    field=models.PositiveIntegerField(default=60, verbose_name='rate limit: seconds'),
                ),
                migrations.AlterField(
                    model_name='rule',
                    name='position',
                    field=models.PositiveIntegerField(db_index=True, default=0, help_text='Rules are tried from low to high.'),
                ),
                migrations.AlterField(
                    model_name='source',
                    name='duplicate_window',
                    field=models.PositiveIntegerField(default=120, help_text='Seconds in which the same state told again counts as a duplicate (a second Alertmanager peer, a retry). Keep it below your group_interval.'),
                ),
                migrations.AlterField(
                    model_name='target',
                    name='connect_timeout',
                    field=models.PositiveIntegerField(default=3, help_text='Seconds.'),
                ),
                migrations.AlterField(
                    model_name='target',
                    name='digest_after',
                    field=models.PositiveIntegerField(default=30, help_text='Seconds a message may wait for the rate limit; if more waits than that carries, it is merged into digests. 0: never merge.', verbose_name='merge after'),
                ),
                migrations.AlterField(
                    model_name='target',
                    name='fallback_after',
                    field=models.PositiveIntegerField(default=900, help_text='Seconds of trouble before that.'),
                ),
                migrations.AlterField(
                    model_name='target',
                    name='rate_limit_calls',
                    field=models.PositiveIntegerField(default=10, help_text='Rocket.Chat allows 10 a minute for a webhook; 0: no limit.', verbose_name='rate limit: calls'),
                ),
                migrations.AlterField(
                    model_name='target',
                    name='rate_limit_seconds',
                    field=models.PositiveIntegerField(default=60, verbose_name='rate limit: seconds'),
                ),
                migrations.AlterField(
                    model_name='target',
                    name='text_limit',
                    field=models.PositiveIntegerField(default=5000, help_text='Characters a message may have: Message_MaxAllowedSize of the server.'),
                ),
                migrations.AlterField(
                    model_name='target',
                    name='timeout',
                    field=models.PositiveIntegerField(default=10, help_text='Seconds for the whole call: connecting, sending and the answer.'),
                ),
            ],
        ),
        migrations.RunPython(bring_inside, migrations.RunPython.noop),
    ]
