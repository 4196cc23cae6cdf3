"""Which rooms are changed, and which changes need not be noticed."""

from __future__ import annotations

ROOMS = (
    "deliveries/acknowledging.py",
    "deliveries/rocketchat/answers.py",
    "deliveries/outbox/budget.py",
    "deliveries/accept/conversations.py",
    "deliveries/foresight/deciding.py",
    "deliveries/outbox/digest.py",
    "deliveries/accept/ended.py",
    "deliveries/accept/endings.py",
    "deliveries/accept/ghosts.py",
    "deliveries/accept/hearing.py",
    "deliveries/accept/ingest.py",
    "deliveries/accept/lateness.py",
    "deliveries/accept/plan.py",
    "deliveries/outbox/probes.py",
    "deliveries/outbox/retry.py",
    "deliveries/send/abreast.py",
    "deliveries/send/batches.py",
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

_MOMENT = "It only matters if somebody else writes between two statements, which nobody can on SQLite."
_LOCKS = "It only locks more, less or longer, which SQLite does not: PostgreSQL's own tests are about that."
_INDEX = "What has a lease is being sent; the state is said so that PostgreSQL finds it by its partial index."
_MORE = "It only reads rows that nobody asks for afterwards."
_FIRST = "SQLite takes the first row of a scalar subquery; PostgreSQL refuses a second."
_PLACE = "No two deliveries have one place in their conversation."
_NAMED = "Of more than three it says the same, however many they are."
_POSTGRESQL = "Only PostgreSQL runs it, and tests there notice."
_KEY = "A token names its lease alone; the keys are said so that it is found by them."

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
        "_remember_ruleset",
        "Ruleset.objects.bulk_create([Ruleset(digest=book.digest, content=book.content, first_used_at=now)], ignore_conflicts=True)  ->  Ruleset.objects.bulk_create([Ruleset(digest=book.digest, content=book.content, first_used_at=now)], ignore_conflicts=False)",
    ): "Only where two processes keep the same new rules in the same moment, on PostgreSQL.",
    (
        "deliveries/acknowledging.py",
        "withdraw",
        "return Acknowledgement.objects.filter(pk__in=ids, withdrawn_at=None).update(withdrawn_at=now, withdrawn_by=by)  ->  return Acknowledgement.objects.filter(pk__in=ids).update(withdrawn_at=now, withdrawn_by=by)",
    ): _MOMENT,
    (
        "deliveries/outbox/allowance.py",
        "make_lane",
        "Lane.objects.bulk_create([Lane(target=target) for target in targets], ignore_conflicts=True)  ->  Lane.objects.bulk_create([Lane(target=target) for target in targets], ignore_conflicts=False)",
    ): _MOMENT,
    (
        "deliveries/outbox/allowance.py",
        "make_lane",
        "targets = Target.objects.filter(pk=target_id, lane=None)  ->  targets = Target.objects.filter(pk=target_id)",
    ): _LOCKS,
    (
        "deliveries/outbox/allowance.py",
        "lock_server",
        "ServerLane.objects.bulk_create([ServerLane(server=server)], ignore_conflicts=True)  ->  ServerLane.objects.bulk_create([ServerLane(server=server)], ignore_conflicts=False)",
    ): _MOMENT,
    (
        "deliveries/outbox/expiring.py",
        "expire_overdue",
        "for target in Target.objects.filter(pk__in=by_target):  ->  for target in Target.objects.filter():",
    ): _MORE,
    (
        "deliveries/outbox/stand_ins.py",
        "_in_order",
        "still_open = _not_copied(lane).filter(conversation_id__in=conversations).exclude(pk__in=[one.pk for one in owed])  ->  still_open = _not_copied(lane).filter().exclude(pk__in=[one.pk for one in owed])",
    ): _MORE,
    (
        "deliveries/outbox/heads.py",
        "of",
        "first_open = Delivery.objects.open().filter(conversation_id=OuterRef('conversation_id'), target_id=OuterRef('target_id')).order_by('seq').values('seq')[:1]  ->  first_open = Delivery.objects.open().filter(conversation_id=OuterRef('conversation_id'), target_id=OuterRef('target_id')).order_by('seq').values('seq')[:2]",
    ): _FIRST,
    (
        "deliveries/outbox/heads.py",
        "is_before",
        "return place is None or one.seq is None or one.seq < place  ->  return place is None or one.seq is None or one.seq <= place",
    ): _PLACE,
    (
        "deliveries/outbox/holding.py",
        "_tend",
        "lane = lanes.select_for_update(skip_locked=True, of=('self',)).first()  ->  lane = lanes.select_for_update(skip_locked=False, of=('self',)).first()",
    ): _LOCKS,
    (
        "deliveries/outbox/merging.py",
        "_ahead",
        "still_open = Delivery.objects.open().filter(target_id=target_id, conversation_id__in=conversations)  ->  still_open = Delivery.objects.open().filter(target_id=target_id)",
    ): _MORE,
    (
        "deliveries/outbox/merging.py",
        "_kinds",
        "rows = Occurrence.objects.filter(delivery_id__in=delivery_ids).order_by('id')  ->  rows = Occurrence.objects.filter().order_by('id')",
    ): _MORE,
    (
        "deliveries/outbox/merging.py",
        "_told_together",
        "for delivery_id, alert_id in Occurrence.objects.filter(delivery_id__in=ids).values_list('delivery_id', 'alert_id'):  ->  for delivery_id, alert_id in Occurrence.objects.filter().values_list('delivery_id', 'alert_id'):",
    ): _MORE,
    (
        "deliveries/outbox/owing.py",
        "_places",
        "locked = Conversation.objects.select_for_update().filter(pk__in=ids).order_by('pk')  ->  locked = Conversation.objects.select_for_update().filter().order_by('pk')",
    ): _LOCKS,
    (
        "deliveries/outbox/probing.py",
        "take",
        "refused = [one.pk for one in found.filter(refused_after__isnull=False)[:_NAMED + 1]]  ->  refused = [one.pk for one in found.filter()[:_NAMED + 1]]",
    ): _MOMENT,
    (
        "deliveries/outbox/probing.py",
        "take",
        "refused = [one.pk for one in found.filter(refused_after__isnull=False)[:_NAMED + 1]]  ->  refused = [one.pk for one in found.filter(refused_after__isnull=False)[:_NAMED + 2]]",
    ): _NAMED,
    (
        "deliveries/outbox/recovery.py",
        "recover",
        "lost = Delivery.objects.filter(state=Delivery.State.SENDING, lease_until__lte=now)  ->  lost = Delivery.objects.filter(lease_until__lte=now)",
    ): _INDEX,
    (
        "deliveries/outbox/recovery.py",
        "unfreeze",
        "leased = Delivery.objects.filter(state=Delivery.State.SENDING, lease_until__gt=far + LEASE)  ->  leased = Delivery.objects.filter(lease_until__gt=far + LEASE)",
    ): _INDEX,
    (
        "deliveries/outbox/recovery.py",
        "_vanished",
        "lost = Attempt.objects.filter(delivery_id__in=ids, reason=_REASON.value).order_by()  ->  lost = Attempt.objects.filter(reason=_REASON.value).order_by()",
    ): _MORE,
    (
        "deliveries/outbox/settling.py",
        "_locked",
        "list(Lane.objects.select_for_update().filter(pk__in=wanted).order_by('pk').values_list('pk'))  ->  pass",
    ): _LOCKS,
    (
        "deliveries/outbox/settling.py",
        "_locked",
        "list(Lane.objects.select_for_update().filter(pk__in=wanted).order_by('pk').values_list('pk'))  ->  list(Lane.objects.select_for_update().filter().order_by('pk').values_list('pk'))",
    ): _LOCKS,
    (
        "deliveries/outbox/settling.py",
        "_locked",
        "rows = rows.exclude(state=Delivery.State.SENDING).free(no_key=True)  ->  rows = rows.exclude(state=Delivery.State.SENDING).free(no_key=False)",
    ): _LOCKS,
    (
        "deliveries/outbox/settling.py",
        "_locked",
        "lanes = rows.filter(state__in=_OPEN_BY_HAND).order_by().values('target_id').distinct()  ->  lanes = rows.filter().order_by().values('target_id').distinct()",
    ): _LOCKS,
    (
        "deliveries/outbox/settling.py",
        "_locked",
        "return [row for row in rows.order_by('id') if row.state not in _OPEN_BY_HAND or row.target_id in {*wanted, None}]  ->  return [row for row in rows.order_by('id')]",
    ): _MOMENT,
    (
        "deliveries/outbox/leasing.py",
        "_saved",
        "attempt._state.adding, attempt._state.db = (False, connection.alias)  ->  "
        "attempt._state.adding, attempt._state.db = (True, connection.alias)",
    ): _POSTGRESQL,
    (
        "deliveries/accept/waking.py",
        "_wake",
        "until = {fingerprint: (kept_back, at) for fingerprint, _, kept_back, at in rows if at is not None}  ->  "
        "until = {fingerprint: (kept_back, at) for fingerprint, _, kept_back, at in rows}",
    ): "Only such rows were read; it is said so for the types.",
    (
        "deliveries/outbox/concluding.py",
        "lock",
        "mine = Delivery.objects.filter(pk__in=ids, lease_token=claim.token, state=Delivery.State.SENDING)  ->  "
        "mine = Delivery.objects.filter(pk__in=ids, lease_token=claim.token)",
    ): _INDEX,
    (
        "deliveries/outbox/concluding.py",
        "_write_by_the_models",
        "added = {name: F(name) + getattr(change, name) for name in _ADDED if getattr(change, name)}  ->  "
        "added = {name: F(name) + getattr(change, name) for name in _ADDED}",
    ): "To add nothing is to leave it.",
}
