"""Rows and payloads for tests, with defaults that a reader need not know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerthub.sandbox import Sandbox
from deliveries.accept import ingest
from deliveries.accept.ingest import Accepted, Posted
from deliveries.models import Delivery
from routing import rulebook
from routing.models import RocketChatServer, Rule, Silence, Source, Target, Template, TimeInterval, TimeWindow

HOOK_URL = "https://chat.example/hooks/65f0c0ffee/s3cr3tT0kenThatNobodyMaySeeXa1b2"
ZERO_TIME = "0001-01-01T00:00:00Z"


def make_source(name: str = "prod", **fields: Any) -> Source:
    return Source.objects.create(name=name, **fields)


def make_target(name: str = "ops", url: str = HOOK_URL, **fields: Any) -> Target:
    """Without a rate limit unless one is given."""
    target = Target(name=name, **{"rate_limit_calls": 0} | fields)
    target.set_webhook_url(url)
    target.save()
    return target


def make_server(
    name: str = "chat",
    base_url: str = "https://chat.example",
    token: str = "s3cr3tAccessT0kenThatNobodyMaySee",
    **fields: Any,
) -> RocketChatServer:
    server = RocketChatServer(name=name, base_url=base_url, **{"user_id": "bot00000000000000"} | fields)
    server.set_token(token)
    server.save()
    return server


def server_of(sandbox: Sandbox, **fields: Any) -> RocketChatServer:
    """The sandbox, with its bot's account."""
    known = sandbox.account()
    return make_server(base_url=known.base_url, user_id=known.user_id, token=known.token, **fields)


def make_rest_target(server: RocketChatServer, room: str = "#ops", **fields: Any) -> Target:
    """Without a rate limit of its own unless one is given."""
    return Target.objects.create(**{"name": room, "server": server, "channel": room, "rate_limit_calls": 0} | fields)


def make_rule(name: str = "all", targets: Sequence[Target] = (), **fields: Any) -> Rule:
    rule = Rule.objects.create(name=name, **{"position": 10} | fields)
    for target in targets:  # one by one: in their order, which Django does not keep
        rule.targets.add(target)
    return rule


def tell_fallback(target: Target) -> None:
    Rule.objects.fallback().targets.add(target)


def alert(
    name: str = "DiskFull",
    *,
    severity: str = "critical",
    status: str = "firing",
    starts_at: str = "2026-11-23T10:00:00Z",
    ends_at: str | None = None,
    **labels: str,
) -> dict[str, Any]:
    """One alert as Alertmanager sends it; without a fingerprint, so that it follows from the labels."""
    ended = "2026-11-23T10:05:00Z" if status == "resolved" else ZERO_TIME
    severities = {"severity": severity} if severity else {}
    return {
        "status": status,
        "labels": {"alertname": name, **severities, **labels},
        "annotations": {"summary": f"{name} happened"},
        "startsAt": starts_at,
        "endsAt": ends_at or ended,
        "generatorURL": "http://prometheus.example/graph",
    }


def payload(*alerts: dict[str, Any], group: str = "{}:{}", **fields: Any) -> dict[str, Any]:
    status = "firing" if any(one["status"] == "firing" for one in alerts) else "resolved"
    return {
        "version": "4",
        "groupKey": group,
        "status": status,
        "receiver": "alerthub",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "truncatedAlerts": 0,
        "alerts": list(alerts),
        **fields,
    }


def accept(source: Source, body: dict[str, Any] | bytes, now: datetime) -> Accepted:
    """What the view does with an authenticated request."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    posted = Posted(
        source_id=source.pk,
        source_name=source.name,
        duplicate_window=source.duplicate_window,
        body=raw,
        content_type="application/json",
    )
    return ingest.accept(posted, rulebook.current(), now)


def owed(source: Source, now: datetime, *alerts: dict[str, Any], **fields: Any) -> list[Delivery]:
    """Accept a notification of these alerts (one by default); return what is owed for it."""
    return list(accept(source, payload(*(alerts or (alert(),)), **fields), now).deliveries)


def make_silence(matchers: str, now: datetime, hours: float = 1, **fields: Any) -> Silence:
    """One that began a minute ago and ends in some hours."""
    times = {"starts_at": now - timedelta(minutes=1), "ends_at": now + timedelta(hours=hours)}
    return Silence.objects.create(matchers=matchers, **times | {"author": "ann", "comment": "New disks"} | fields)


def make_window(name: str = "nights", **interval: str) -> TimeWindow:
    window = TimeWindow.objects.create(name=name)
    TimeInterval.objects.create(window=window, **interval)
    return window


def make_template(name: str = "short", **fields: Any) -> Template:
    return Template.objects.create(name=name, headline="{{ alerts[0].name }}", **fields)


@dataclass(frozen=True, slots=True)
class TwoOfEverything:
    """Nothing stands alone here, so code that looks at one and means another, or at the first only, is seen.

    Two sources, receivers, groups and alerts; a webhook target and a REST target with its server's budget behind its
    own. The first rule tells DiskFull (team "db") to the first target and goes on; the second tells what is critical to
    both; the third, which takes everything, tells the second target.
    """

    sources: tuple[Source, Source]
    server: RocketChatServer
    targets: tuple[Target, Target]
    rules: tuple[Rule, Rule, Rule]

    def alerts(self, **fields: Any) -> list[dict[str, Any]]:
        """DiskFull of team "db" and HostDown of team "net"."""
        return [alert("DiskFull", team="db", **fields), alert("HostDown", team="net", **fields)]

    def body(self, *alerts: dict[str, Any], receiver: int = 0, group: int = 0, **fields: Any) -> dict[str, Any]:
        """A notification of both alerts unless others are named. Two receivers may have one group key: routes repeat."""
        receivers, groups = ("alerthub", "pagers"), ('{}:{service="db"}', '{}:{service="net"}')
        named = alerts or self.alerts()
        return payload(*named, group=groups[group], **{"receiver": receivers[receiver]} | fields)

    def tell(self, now: datetime, *alerts: dict[str, Any], source: int = 0, **fields: Any) -> Accepted:
        return accept(self.sources[source], self.body(*alerts, **fields), now)


def two_of_everything(
    first: Mapping[str, Any] | None = None,
    second: Mapping[str, Any] | None = None,
    server: Mapping[str, Any] | None = None,
) -> TwoOfEverything:
    """The scene, with fields of either target and of the server. Without rate limits unless they are given."""
    chat = make_server(**{"rate_limit_calls": 0} | dict(server or {}))
    targets = make_target("db", **dict(first or {})), make_rest_target(chat, "#net", **dict(second or {}))
    rules = (
        make_rule("team db", targets[:1], position=10, matchers='team="db"', continues=True),
        make_rule("critical", targets, position=20, severities=["critical"]),
        make_rule("the rest", targets[1:], position=30),
    )
    return TwoOfEverything((make_source("prod"), make_source("staging")), chat, targets, rules)
