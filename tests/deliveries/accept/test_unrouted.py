"""Alerts nobody is told of: on purpose it is the trail's business, by mistake it is a trouble until the rule is mended."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from deliveries import troubles
from deliveries.foresight import findings
from deliveries.models import Occurrence, Trouble
from deliveries.troubles import Seen, TroubleKind, Unrouted
from deliveries.watch import symptoms, watch
from routing import rulebook
from routing.models import Rule, Source
from routing.rules import lint
from tests.conftest import NOW
from tests.factories import accept, alert, make_rule, make_source, make_target, owed, payload, tell_fallback

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return list(Trouble.objects.filter(ended_at=None).values_list("kind", flat=True))


def test_a_rule_without_a_target_is_a_trouble_once_an_alert_reached_it(source: Source, now: datetime) -> None:
    make_rule("Forgotten")
    owed(source, now)
    watch.look(now + timedelta(seconds=1))
    assert list(Trouble.objects.values_list("kind", "subject")) == [("unrouted", "by rule Forgotten, Fallback")]


def test_the_fallback_without_a_target_is_a_trouble_too(source: Source, now: datetime) -> None:
    owed(source, now)
    watch.look(now + timedelta(seconds=1))
    assert "rule Fallback takes them and names no target" in Trouble.objects.get().detail


def test_a_rule_that_no_alert_reached_is_none(now: datetime) -> None:
    make_rule("Forgotten")
    watch.look(now)
    assert kinds() == []


def test_it_is_over_when_the_rule_names_a_target(source: Source, now: datetime) -> None:
    owed(source, now)
    watch.look(now + timedelta(seconds=1))
    tell_fallback(make_target())
    watch.look(now + timedelta(minutes=1))
    assert kinds() == []


def test_what_a_rule_only_records_is_no_trouble(source: Source, now: datetime) -> None:
    tell_fallback(make_target())
    make_rule("Watchdog", matchers='alertname="Watchdog"', records_only=True)
    owed(source, now, alert("Watchdog"))
    watch.look(now + timedelta(seconds=1))
    assert (kinds(), Occurrence.objects.get().outcome) == ([], "recorded")


def test_what_was_unrouted_long_ago_is_over(source: Source, now: datetime) -> None:
    owed(source, now)
    assert symptoms.seen([], [], now + timedelta(hours=25)).unrouted is None


def test_a_record_only_rule_tells_nobody_also_after_one_that_told(source: Source, now: datetime) -> None:
    make_rule("Ops", [make_target()], position=1, continues=True)
    make_rule("Keep", position=2, records_only=True)
    accepted = accept(source, payload(alert()), now)
    assert [(fate.outcome, fate.why) for fate in accepted.fates] == [
        ("owed", 'Rule "Ops": it takes every alert'),
        ("recorded", 'Rule "Keep": it takes every alert; it only records, so nobody is told'),
    ]


def test_many_rules_are_not_all_named() -> None:
    seen = Seen(NOW, unrouted=Unrouted(["a", "b", "c", "d"], NOW))
    [finding] = troubles.found(seen).values()
    assert (finding.kind, finding.subject) == (TroubleKind.UNROUTED, "by rule a, b, c and others")


def test_the_list_of_findings_names_the_rule(now: datetime) -> None:
    rule = make_rule("Forgotten")
    assert findings.of_rules(now)[rule.pk] == ["It names no target: the alerts it takes are told to nobody."]


def test_a_rule_that_only_records_is_no_finding() -> None:
    make_rule("Watchdog", records_only=True)
    told = lint.told_to_nobody(rulebook.current().routes)
    assert set(told) == {Rule.objects.fallback().pk}


def test_the_first_page_is_red(client: Client, source: Source, now: datetime) -> None:
    owed(source, now)
    watch.look(now + timedelta(seconds=1))
    client.force_login(User.objects.create_superuser("root"))
    page = client.get("/admin/")
    assert (page.context["verdict"][0], b"told to nobody" in page.content) == ("red", True)


def test_each_source_says_which_labels_hold_the_severity(now: datetime) -> None:
    tell_fallback(make_target("rest"))
    make_rule("Loud", [make_target("loud")], severities=["critical"])
    falco, plain = make_source("falco", severity_labels=["priority"]), make_source("plain")
    told = [owed(each, now, alert("Shell", severity="", priority="Critical"))[0] for each in (falco, plain)]
    assert [each.target_name for each in told] == ["loud", "rest"]
