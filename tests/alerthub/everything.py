"""One row of each model that has pages, so that a test can walk all of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import Group, User

from deliveries.models import Alert, Delivery, RejectedRequest, Trouble
from routing.models import ApiToken, Rule, SeverityAlias, Template, WallLink
from tests import factories


def make(now: datetime) -> None:
    """With a target that is held and a delivery that ended badly, so that there is something to do, too."""
    source = factories.make_source()
    source.new_token("am-1")
    target = factories.make_target()
    factories.tell_fallback(target)
    rule = factories.make_rule("Web", [target], matchers="team=web")
    rule.muted_windows.add(factories.make_window(times="03:00-04:00"))
    factories.make_rest_target(factories.make_server())
    factories.make_silence("team=none", now)
    factories.owed(source, now)
    factories.owed(source, now, factories.alert("Old"), group="old")
    Delivery.objects.filter(title="Old").update(state="expired", reason="too_late", ended_at=now)
    RejectedRequest.objects.create(first_at=now, last_at=now, status_code=400, reason="not_json", message="No JSON.")
    Trouble.objects.create(kind="target", subject="ops", since=now - timedelta(minutes=5))
    Group.objects.create(name="operators")
    Template.objects.create(name="short", headline="{{ severity }}")
    SeverityAlias.objects.get_or_create(word="crit", severity="critical")
    WallLink.objects.create(name="TV in the ops room", digest="wall")


def person(role: str) -> User:
    """Somebody with that role, and with an API token."""
    user = User.objects.create_user(role.split()[0].lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    ApiToken.objects.create(user=user, name="script", digest=role)
    return user


def places() -> dict[str, int]:
    """Ids for the addresses of what people do."""
    return {
        "alert": Alert.objects.get(name="DiskFull").pk,
        "rule": Rule.objects.get(name="Web").pk,
        "delivery": Delivery.objects.get(title="Old").pk,
    }
