"""The admin with a long history: server time and statements of each page, at 10,000 and at 1,000,000 deliveries.

Home and the alerts with 10,000 that fire.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

# isort: off
from tests.bench import rig, rows  # rig sets Django up, so it comes first
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from deliveries.models import Alert, Delivery
from routing.models import Rule, Source, Target

FEW, MANY = 10_000, 1_000_000
MILLISECONDS, STATEMENTS, TIMES_SLOWER = 300, 15, 1.5
_REPEATS = 7
# Below this many milliseconds a ratio says more about the machine than about the page.
_FLOOR = 40.0


class Measured(NamedTuple):
    median: float
    fastest: float
    statements: int
    rows: int


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
    # 10,000 of them fire, in 2,000 groups.
    alerts = {
        "alerts": "",
        "alerts by Alertmanager's group": "group=group",
        "alerts by label": "group=label:team",
        "one group of alerts": "group=name&key=Alert7",
        "alerts told to nobody": "attention=untold",
        "alerts silenced": "attention=kept_back",
        "alerts that nobody is at": "attention=open",
        "critical alerts": "severity=critical",
        "flat alerts": "group=none",
    }
    return {
        "home": "/admin/",
        **{name: f"/admin/deliveries/alert/?{query}" for name, query in alerts.items()},
        **lists,
        "a delivery": f"/admin/deliveries/delivery/{delivery.pk}/change/",
        "an alert": f"/admin/deliveries/alert/{Alert.objects.earliest('id').pk}/change/",
        "rules": "/admin/routing/rule/",
        "undelivered": "/admin/deliveries/deadletter/",
        "undelivered, one by one": "/admin/deliveries/deadletter/?as=list",
        "the search": "/admin/find/?q=Alert77",
        "notifications": "/admin/deliveries/notification/",
    }


def main() -> None:
    rows.fill_routing()
    User.objects.create_superuser("bench", "", "x")
    rows.fill(1, FEW)
    copy = _copied("few")
    rows.fill(FEW + 1, MANY)
    looked_at, whole = pages(), os.environ["DATABASE_URL"]
    with _reader(copy) as few_reader, _reader(whole) as many_reader:
        few, many = {}, {}
        for name, address in looked_at.items():
            few[name], many[name] = _measured(address, few_reader, many_reader)
    slowest = max(many, key=lambda name: many[name].median)
    most = max(many, key=lambda name: many[name].statements)
    # A page that shows more rows takes longer for that alone: compared are those that show as many.
    alike = [name for name in many if many[name].rows == few[name].rows]
    # The fastest of each: whatever else the machine does is no part of the page.
    grown = {name: max(many[name].fastest, _FLOOR) / max(few[name].fastest, _FLOOR) for name in alike}
    worst = max(grown, key=lambda name: grown[name])
    rig.report(
        rig.ratio(
            f"slowest page of 1,000,000 deliveries ({slowest})", many[slowest].median, most=MILLISECONDS, unit=" ms"
        ),
        rig.ratio(f"most statements of a page ({most})", many[most].statements, most=STATEMENTS),
        rig.ratio(f"slower than with 10,000, at most ({worst})", grown[worst], most=TIMES_SLOWER),
        *(
            (
                f"  {name}",
                _told(few[name], many[name], grown.get(name)),
                "",
                True,
            )
            for name in many
        ),
    )


def _told(few: Measured, many: Measured, grown: float | None) -> str:
    how = "more rows" if grown is None else f"{grown:.2f}"
    return f"{few.median:.0f} -> {many.median:.0f} ms ({how}), {many.statements} statements"


def _copied(name: str) -> str:
    """The address of a copy of the database as it is now."""
    url = urlsplit(os.environ["DATABASE_URL"])
    original = connection.settings_dict["NAME"]
    own: Any = connection
    own.close()  # nobody may use what is copied,
    own.close_pool()  # and a pool keeps connections
    with psycopg.connect(url._replace(path="/template1").geturl(), autocommit=True) as other:
        other.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(original)))
    return url._replace(path=f"/{name}").geturl()


def _reader(url: str) -> ProcessPoolExecutor:
    """A process that opens pages of that database, and remembers what AlertHub's own would."""
    os.environ["DATABASE_URL"] = url
    reader = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    reader.submit(_looked, "/admin/").result()  # it starts now, with this environment
    return reader


def _measured(address: str, *readers: ProcessPoolExecutor) -> list[Measured]:
    """Turn by turn, so that all meet the same machine."""
    looks = [reader.submit(_looked, address).result() for reader in readers]
    times: list[list[float]] = [[] for _ in readers]
    for _ in range(_REPEATS):
        for reader, taken in zip(readers, times, strict=True):
            taken.append(reader.submit(_timed, address).result() * 1000)
    return [Measured(median(taken), min(taken), *look) for taken, look in zip(times, looks, strict=True)]


@cache
def _client() -> Client:
    client = Client()
    client.force_login(User.objects.get(username="bench"))
    return client


def _looked(address: str) -> tuple[int, int]:
    """Statements, and rows that are shown."""
    shown = _open(address).content.count(b"data-row")
    with CaptureQueriesContext(connection) as queries:
        _open(address)
    return len(queries), shown


def _timed(address: str) -> float:
    began = time.perf_counter()
    _open(address)
    return time.perf_counter() - began


def _open(address: str) -> Any:
    answer = _client().get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer


if __name__ == "__main__":
    main()
