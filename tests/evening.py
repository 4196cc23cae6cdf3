"""An evening's alerts for pictures and for looks at every page: whatever a page can show, there is one of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from alerthub.sandbox.server import default_hook_urls
from tests import factories
from tests.journeys.stack import API_TOKEN, Stack


def tell(stack: Stack) -> None:
    """A few alerts as they come: one room in trouble, one group resolved, one that nobody takes."""
    rule = {"name": "Databases, the loud ones", "position": 5, "severities": ["critical"], "targets": [1],
            "matchers": 'team="db"\ninstance=~"db-.+"'}  # fmt: skip
    headers = {"Authorization": f"Bearer {API_TOKEN}"}
    requests.post(f"{stack.url}/api/v1/rules", json=rule, headers=headers, timeout=10).raise_for_status()
    disk = {"name": "DiskWillFillIn4Hours", "team": "db", "job": "node"}
    stack.receive(_told(*(_alert(**disk, instance=f"db-{n}:9100") for n in (1, 2)), group='{}:{alertname="Disk"}'))
    stack.receive(
        _told(_alert("KubePodCrashLooping", severity="warning", namespace="shop", pod="cart-5d9f7", container="cart"))
    )
    stack.receive(_told(_alert("CertificateExpiresSoon", severity="info", host="shop.example.com"), group="{}:{cert}"))
    stack.wait_for_end()
    stack.sandbox.default_hook("critical").fail("status", status=502, times=1)
    down = _alert("PostgresDown", team="db", job="postgres", instance="db-1:9187")
    stack.receive(_told(down, group='{}:{alertname="PostgresDown"}'))
    stack.wait_for_end()
    over = down | {"status": "resolved", "endsAt": _ago(minutes=0)}
    stack.receive(_told(over, group='{}:{alertname="PostgresDown"}'))
    stack.wait_for_end()
    _keep_quiet(stack)
    _owe_what_nobody_takes(stack)


def post_what_is_none(stack: Stack) -> None:
    """A request that is refused: a trouble of AlertHub's own, within seconds."""
    stack.receive([{"labels": {"alertname": "PostedByPrometheusItself"}, "startsAt": _ago(minutes=1)}])


def _keep_quiet(stack: Stack) -> None:
    """A silence for what the shop's team works on, and nights in which one rule says nothing."""
    stack.call("POST", "silences/", {"matchers": 'namespace="shop"\nseverity="warning"', "ends_at": _ago(minutes=-95),
                                     "comment": "Release 4.2 goes out; ann is at it"})  # fmt: skip
    nights = [{"times": times, "location": "Europe/Berlin"} for times in ("22:00-24:00", "00:00-06:00")]
    source = stack.call("POST", "sources/", {"name": "staging"})
    stack.call("DELETE", f"sources/{source['id']}/")
    window = stack.call("POST", "windows/", {"name": "nights", "note": "Nobody reads it then", "intervals": nights})
    stack.call("PATCH", "rules/4/", {"muted_windows": [window["id"]], "reason": "Nobody reads infos at night"})
    stack.call("PATCH", "rules/4/", {"matchers": 'team!="lab"\njob=~".+"', "targets": [2, 3], "send_resolved": False})
    words = {"name": "short", "headline": "{{ severity|upper }} {{ alerts[0].name }} ({{ count }})",
             "card": "{% for alert in alerts %}\n• {{ alert.labels.instance|code }} {{ alert.annotations.summary }}\n{% endfor %}"}  # fmt: skip
    stack.call("POST", "templates/", words)
    loop = {"namespace": "shop", "pod": "cart-77c4b", "container": "cart"}
    stack.receive(_told(_alert("KubePodCrashLooping", severity="warning", **loop), group="{}:{again}"))
    stack.wait_for_end()


def _owe_what_nobody_takes(stack: Stack) -> None:
    """To a target that somebody disabled: it is held, and stands under what is undelivered."""
    room = {"name": "mail", "webhook_url": default_hook_urls(stack.sandbox.url)["info"], "enabled": False}
    target = stack.call("POST", "targets/", room)
    rule = {"name": "Mail", "position": 6, "matchers": 'team="mail"', "targets": [target["id"]]}
    stack.call("POST", "rules/", rule)
    queue = _alert("MailQueueLong", severity="warning", team="mail", instance="relay-1:9100")
    stack.receive(_told(queue, group="{}:{mail}"))


def _alert(name: str, severity: str = "critical", **labels: str) -> dict[str, Any]:
    told = factories.alert(name, severity=severity, starts_at=_ago(minutes=24), **labels)
    where = labels.get("instance") or labels.get("pod") or labels.get("host") or ""
    told["annotations"] = {
        "summary": f"{_WORDS[name][0]} {where}".strip(),
        "description": _WORDS[name][1],
        "runbook_url": f"https://runbooks.example.com/{name}",
    }
    return told


_WORDS = {
    "DiskWillFillIn4Hours": ("The disk fills up within 4 hours on", "3.1 GiB are left and it loses 0.9 GiB an hour."),
    "KubePodCrashLooping": ("A pod restarts again and again:", "It restarted 7 times within 10 minutes."),
    "CertificateExpiresSoon": ("A certificate ends in 13 days:", "Renewal should have happened 17 days ago."),
    "MailQueueLong": ("4,210 mails wait on", "It was 300 an hour ago."),
    "PostgresDown": ("PostgreSQL does not answer on", "The exporter cannot connect since 3 minutes."),
}


def _told(*alerts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return factories.payload(*alerts, **fields) | {"externalURL": "http://alertmanager.example.com:9093"}


def _ago(minutes: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()
