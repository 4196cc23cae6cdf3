"""Which rooms are changed, and which changes need not be noticed."""

from __future__ import annotations

ROOMS = (
    "deliveries/acknowledging.py",
    "deliveries/rocketchat/answers.py",
    "deliveries/outbox/budget.py",
    "deliveries/accept/conversations.py",
    "deliveries/foresight/deciding.py",
    "deliveries/outbox/digest.py",
    "deliveries/accept/endings.py",
    "deliveries/accept/ghosts.py",
    "deliveries/accept/hearing.py",
    "deliveries/accept/ingest.py",
    "deliveries/accept/lateness.py",
    "deliveries/accept/plan.py",
    "deliveries/outbox/probes.py",
    "deliveries/outbox/retry.py",
    "deliveries/send/sender.py",
    "deliveries/accept/telling.py",
    "deliveries/accept/waking.py",
    "deliveries/outbox",
    "deliveries/alertmanager",
    "routing/rules/decision.py",
    "routing/rules/explanation.py",
    "routing/rules/lint.py",
    "routing/rules/severity.py",
    "routing/rules/silencing.py",
    "routing/rules/matchers",
    "routing/rules/windows",
)

TESTS = ("tests/deliveries", "tests/routing", "tests/faults")

# (file, function, change as it is shown) -> why nobody can notice it. A change that is listed and noticed is an error.
UNNOTICED: dict[tuple[str, str, str], str] = {
    (
        "routing/rules/windows/interval.py",
        "_minute",
        "return moment.replace(second=0, microsecond=0)  ->  return moment.replace(second=0, microsecond=1)",
    ): "Windows think in minutes: any moment of the minute has the same answer.",
    (
        "routing/rules/windows/interval.py",
        "_minute",
        "return moment.replace(second=0, microsecond=0)  ->  return moment.replace(second=1, microsecond=0)",
    ): "Windows think in minutes: any moment of the minute has the same answer.",
    (
        "routing/rules/windows/interval.py",
        "_changes_at",
        "found = (each for each in _edges(window, moment, ahead) if moment < each <= moment + ahead)  ->  found = (each for each in _edges(window, moment, ahead) if moment <= each <= moment + ahead)",
    ): "At the moment itself the window is as it is now, so it is passed over anyway.",
    (
        "routing/rules/windows/interval.py",
        "_edges",
        "spans = sorted((span for interval in window.intervals for days in range(ahead.days + 2) for span in interval.spans(moment.astimezone(interval.zone).date() + timedelta(days=days))))  ->  spans = sorted((span for interval in window.intervals for days in range(ahead.days + 3) for span in interval.spans(moment.astimezone(interval.zone).date() + timedelta(days=days))))",
    ): "What lies on one day more is further away than what is asked for.",
    (
        "routing/rules/windows/interval.py",
        "_in_month",
        "first, last = (each if each > 0 else length + 1 + each for each in days)  ->  first, last = (each if each >= 0 else length + 1 + each for each in days)",
    ): "There is no day 0: reading refuses it.",
    (
        "routing/rules/matchers/regex.py",
        "fits",
        "return _remembered(pattern, text) if len(text) <= LONGEST_REMEMBERED else _fits(pattern, text)  ->  return _remembered(pattern, text) if len(text) < LONGEST_REMEMBERED else _fits(pattern, text)",
    ): "Which answers are remembered changes none of them.",
    (
        "deliveries/alertmanager/values.py",
        "label_map",
        "if type(inner) is not str or len(inner) > MAX_VALUE:  ->  if type(inner) is not str or len(inner) >= MAX_VALUE:",
    ): "A short cut: `text` cuts nothing of what is just as long as allowed.",
    (
        "deliveries/accept/endings.py",
        "_fires",
        "last = {f'told_{target_id}': Subquery(told.filter(delivery__target=target_id)[:1]) for target_id in target_ids}  ->  last = {f'told_{target_id}': Subquery(told.filter(delivery__target=target_id)[:2]) for target_id in target_ids}",
    ): "SQLite takes the first row of two; PostgreSQL refuses two, so every test there notices.",
    (
        "deliveries/accept/endings.py",
        "_fires",
        "rows = Alert.objects.filter(pk__in=alert_ids).order_by().annotate(**last).values('pk', *last)  ->  rows = Alert.objects.filter().order_by().annotate(**last).values('pk', *last)",
    ): "More rows would be read, of alerts that nobody asks for.",
    (
        "deliveries/accept/waking.py",
        "_put_off",
        "stuck = Alert.objects.filter(pk__in=alert_ids, silent_until__isnull=False)  ->  stuck = Alert.objects.filter(pk__in=alert_ids)",
    ): "Only where another worker told it between the failure and this.",
    (
        "deliveries/accept/conversations.py",
        "lock",
        "Conversation.objects.bulk_create([fresh], ignore_conflicts=True)  ->  Conversation.objects.bulk_create([fresh], ignore_conflicts=False)",
    ): "Only where two first notifications of a group come in the same moment, on PostgreSQL.",
    (
        "deliveries/accept/conversations.py",
        "lock",
        "raise Conversation.DoesNotExist('It was made and deleted within a moment.')  ->  pass",
    ): "Only where a conversation is deleted in the moment after it was made, on PostgreSQL.",
    (
        "deliveries/accept/hearing.py",
        "_leave_out_what_is_known",
        "is_old = len(others) < len(payload.alerts)  ->  is_old = len(others) <= len(payload.alerts)",
    ): "If nothing is old and all of it is known, it was a duplicate and did not come so far.",
    (
        "deliveries/accept/hearing.py",
        "_follow",
        "if row.last_end is None or row.last_end < alert.last_end:  ->  if row.last_end is None or row.last_end <= alert.last_end:",
    ): "The same end would be written again.",
    (
        "deliveries/accept/hearing.py",
        "_judge",
        "came_before = about.was_unread and row.told_in_id is not None and (notification.pk < row.told_in_id)  ->  came_before = about.was_unread and row.told_in_id is not None and (notification.pk <= row.told_in_id)",
    ): "No alert was told by a notification that was never read.",
    (
        "deliveries/accept/ingest.py",
        "_with_retries",
        "raise AssertionError('unreachable')  ->  pass",
    ): "It is never reached: the last try returns or raises.",
    (
        "deliveries/accept/ingest.py",
        "_notification",
        "return Notification(source_id=posted.source_id, source_name=posted.source_name, received_at=now, body=posted.body, content_type=posted.content_type[:100], sender=posted.sender[:200], status=payload.status, receiver=payload.receiver[:500], group_key=payload.group_key, reason=payload.notification_reason[:60], alert_count=len(payload.alerts), truncated_alerts=min(payload.truncated_alerts, 2147483647), flags=list(payload.flags))  ->  return Notification(source_id=posted.source_id, source_name=posted.source_name, received_at=now, body=posted.body, content_type=posted.content_type[:100], sender=posted.sender[:200], status=payload.status, receiver=payload.receiver[:500], group_key=payload.group_key, reason=payload.notification_reason[:60], alert_count=len(payload.alerts), truncated_alerts=min(payload.truncated_alerts, 2147483648), flags=list(payload.flags))",
    ): "A count is no larger than that where it is read.",
    (
        "deliveries/accept/ingest.py",
        "_store_unread",
        "notification.save(force_insert=True)  ->  notification.save(force_insert=False)",
    ): "A row without an id is inserted either way.",
    (
        "deliveries/accept/ingest.py",
        "_remember_ruleset",
        "Ruleset.objects.bulk_create([Ruleset(digest=book.digest, content=book.content, first_used_at=now)], ignore_conflicts=True)  ->  Ruleset.objects.bulk_create([Ruleset(digest=book.digest, content=book.content, first_used_at=now)], ignore_conflicts=False)",
    ): "Only where two processes keep the same new rules in the same moment, on PostgreSQL.",
}
