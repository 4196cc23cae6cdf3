"""The admin with a long history: server time and statements of each page, at 10,000 and at 1,000,000 deliveries."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

# isort: off
from tests.bench import rig, rows  # rig sets Django up, so it comes first
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from deliveries.models import Delivery
from routing.models import Rule, Source, Target

FEW, MANY = 10_000, 1_000_000
MILLISECONDS, STATEMENTS, TIMES_SLOWER = 300, 15, 1.5
_REPEATS = 5
# Below this many milliseconds a ratio says more about the machine than about the page.
_FLOOR = 40.0


def pages() -> dict[str, str]:
    """Ids are of the few rows, which both fillings have."""
    delivery = Delivery.objects.order_by("id")[FEW // 2]
    target, rule, source = (
        Target.objects.filter(name__startswith="room").earliest("id"),
        Rule.objects.filter(is_fallback=False)[3],
        Source.objects.earliest("id"),
    )
    idle = Target.objects.earliest("id")
    filters = {
        "all": "",
        "state delivered": "state__exact=delivered",
        "state held": "state__exact=held",
        "state of nothing": "state__exact=cancelled",
        "target": f"target__id__exact={target.pk}",
        "target of nothing": f"target__id__exact={idle.pk}",
        "rule": f"rule__id__exact={rule.pk}",
        "rule of nothing": f"rule__id__exact={Rule.objects.fallback().pk}",
        "severity": "severity=critical",
        "severity of nothing": "severity=%28none%29",
        "other severities": "severity=%28other%29",
        "source": f"notification__source__id__exact={source.pk}",
        "source of nothing": f"notification__source__id__exact={Source.objects.get(name='idle').pk}",
        "last hour": "last=1",
        "last 7 d": "last=168",
        "long ago": "created_at_from_0=2020-01-01&created_at_to_0=2020-01-31",
        "kind": "kind__exact=digest",
        "D-12": "q=D-12",
        "alert name": "q=Alert77",
        "label": "q=team%3D%22t7%22",
        "name of a target": "q=room+3",
        "word of nothing": "q=nothinglikethis",
        "target and state": f"target__id__exact={target.pk}&state__exact=rejected",
        "target and other severities": f"target__id__exact={target.pk}&severity=%28other%29",
        "by state": "o=8",
    }
    lists = {f"deliveries: {name}": f"/admin/deliveries/delivery/?{query}" for name, query in filters.items()}
    return {
        "home": "/admin/",
        "alerts": "/admin/deliveries/alert/",
        **lists,
        "a delivery": f"/admin/deliveries/delivery/{delivery.pk}/change/",
        "rules": "/admin/routing/rule/",
        "dead letters": "/admin/deliveries/deadletter/",
        "notifications": "/admin/deliveries/notification/",
    }


def main() -> None:
    rows.fill_routing()
    client = Client()
    client.force_login(User.objects.create_superuser("bench", "", "x"))
    rows.fill(1, FEW)
    few = {name: _measured(client, address) for name, address in pages().items()}
    rows.fill(FEW + 1, MANY)
    many = {name: _measured(client, address) for name, address in pages().items()}
    slowest = max(many, key=lambda name: many[name][0])
    most = max(many, key=lambda name: many[name][1])
    # A page that shows more rows takes longer for that alone: compared are those that show as many.
    alike = [name for name in many if many[name][2] == few[name][2]]
    grown = {name: max(many[name][0], _FLOOR) / max(few[name][0], _FLOOR) for name in alike}
    worst = max(grown, key=lambda name: grown[name])
    rig.report(
        rig.ratio(f"slowest page of 1,000,000 deliveries ({slowest})", many[slowest][0], most=MILLISECONDS, unit=" ms"),
        rig.ratio(f"most statements of a page ({most})", many[most][1], most=STATEMENTS),
        rig.ratio(f"slower than with 10,000, at most ({worst})", grown[worst], most=TIMES_SLOWER),
        *(
            (
                f"  {name}",
                f"{_told(few[name][0], many[name][0], grown.get(name))}, {many[name][1]} statements",
                "",
                True,
            )
            for name in many
        ),
    )


def _told(few: float, many: float, grown: float | None) -> str:
    return f"{few:.0f} -> {many:.0f} ms ({'more rows' if grown is None else f'{grown:.2f}'})"


def _measured(client: Client, address: str) -> tuple[float, int, int]:
    """Milliseconds (median), statements, rows that are shown."""
    shown = _open(client, address).content.count(b"data-row")
    with CaptureQueriesContext(connection) as queries:
        _open(client, address)
    statements = len(queries)  # the next request empties the log
    times = [_timed(lambda: _open(client, address)) for _ in range(_REPEATS)]
    return median(times) * 1000, statements, shown


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _open(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer


if __name__ == "__main__":
    main()
