"""One rule's change, replayed over 10,000 stored notifications with 500 rules: how long a person waits."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta

# isort: off
from tests.bench import rig  # sets Django up, so it comes first
from django.utils import timezone
from deliveries.foresight import impact
from routing.rulebook import proposal
from routing import rulebook
from deliveries.models import Notification
from routing.models import Rule, Source
from tests import factories

NOTIFICATIONS, ALERTS, RULES = 10_000, 5, 500


def main() -> None:
    with rig.room_server() as sandbox:
        rig.prepare(sandbox)
    Rule.objects.filter(is_fallback=False).delete()
    source, now = factories.make_source("impact"), timezone.now()
    target, other = factories.make_target("impact"), factories.make_target("impact, the other")
    rules = [
        factories.make_rule(f"rule {n}", [target], position=n, matchers=f'team="t{n}"\ninstance!="none"')
        for n in range(RULES)
    ]
    Notification.objects.bulk_create(
        (_stored(source, number, now - timedelta(seconds=number)) for number in range(NOTIFICATIONS)), batch_size=1000
    )
    changed = Rule.objects.get(pk=rules[RULES // 2].pk)
    began = time.perf_counter()
    book = rulebook.current()
    change = proposal.saved(book, changed, [other.pk])
    progress = impact.go_on(impact.begin(now, 24), change, book, lambda: False)
    took = time.perf_counter() - began
    moved = sum(group.count for group in progress.groups)
    rig.report(
        rig.ratio(f"impact of one rule over {progress.done} notifications, {RULES} rules", took, most=10, unit=" s"),
        (f"  {progress.alerts} tellings decided again, of which moved", f"{moved}", "", True),
    )


def _stored(source: Source, number: int, at: datetime) -> Notification:
    alerts = (
        factories.alert(f"A{place}", team=f"t{(number * ALERTS + place) % RULES}", instance=f"i{number}-{place}")
        for place in range(ALERTS)
    )
    body = json.dumps(factories.payload(*alerts, group=f"g{number}")).encode()
    return Notification(source=source, source_name=source.name, received_at=at, body=body, alert_count=ALERTS)


if __name__ == "__main__":
    main()
