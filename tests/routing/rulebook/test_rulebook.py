"""The compiled rules: kept while they hold, read again at any change, whatever road it took."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from routing import rulebook, triggers
from routing.models import IngestToken, Rule, SeverityAlias, Source, Target
from tests import factories

pytestmark = pytest.mark.django_db


def version() -> int:
    found = rulebook.version_now()
    assert found is not None, "Migrations make the row."
    return found


def test_an_unchanged_rulebook_is_not_read_again(django_assert_num_queries: Any) -> None:
    rulebook.current()
    with django_assert_num_queries(1):
        rulebook.current()


@pytest.mark.parametrize(
    "change",
    [
        lambda: factories.make_rule(),
        lambda: Rule.objects.filter(name="db").update(enabled=False),
        lambda: Rule.objects.get(name="db").targets.clear(),
        lambda: Rule.objects.get(name="db").targets.add(factories.make_target("x")),
        lambda: Rule.objects.get(name="db").delete(),
        lambda: Target.objects.filter(name="ops").update(name="operations"),
        lambda: SeverityAlias.objects.create(word="nuclear", severity="critical"),
        lambda: SeverityAlias.objects.filter(word="crit").delete(),
        lambda: Rule.objects.bulk_update([_renamed()], ["name"]),
        lambda: factories.make_source("new").new_token("am-1"),
        lambda: IngestToken.objects.update(expires_at="2020-01-01T00:00:00Z"),
        lambda: Source.objects.update(enabled=False),
    ],
)
def test_every_way_to_change_a_route_raises_the_version(change: Callable[[], Any]) -> None:
    factories.make_rule("db", [factories.make_target()])
    factories.make_source().new_token("am-1")
    before = version()
    change()
    assert version() > before


def test_the_use_of_a_token_raises_nothing(now: datetime) -> None:
    factories.make_source().new_token("am-1")
    before = version()
    IngestToken.objects.get().remember_use(now)
    assert version() == before


def test_tokens_of_a_disabled_source_open_nothing() -> None:
    factories.make_source().new_token("am-1")
    assert len(rulebook.current().admissions) == 1
    Source.objects.update(enabled=False)
    assert rulebook.current().admissions == {}


def _renamed() -> Rule:
    rule = Rule.objects.get(name="db")
    rule.name = "databases"
    return rule


def test_laying_the_triggers_again_changes_nothing() -> None:
    triggers.lay()
    before = version()
    SeverityAlias.objects.create(word="nuclear", severity="critical")
    assert version() == before + 1


def test_a_disabled_rule_is_no_route() -> None:
    factories.make_rule(enabled=False)
    assert [route.name for route in rulebook.current().routes] == ["Fallback"]


def test_a_rule_that_cannot_be_read_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    factories.make_rule("broken", matchers="(((")
    assert [route.name for route in rulebook.current().routes] == ["Fallback"]
    assert "broken is left out" in caplog.text


def test_the_same_rules_have_the_same_name() -> None:
    first = rulebook.current().digest
    rule = factories.make_rule()
    assert rulebook.current().digest != first
    rule.delete()
    assert rulebook.current().digest == first


def test_what_history_keeps_holds_no_secret() -> None:
    factories.make_rule(targets=[factories.make_target()])
    assert "hooks" not in repr(rulebook.current().content)


def test_a_fallback_removed_behind_our_back_is_made_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM routing_rule")
    assert [route.is_fallback for route in rulebook.current().routes] == [True]
