"""The history: what is kept of each change, who sees it, and how it reads."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from routing.changes import differences, past
from routing.changes.authorship import because
from routing.changes.history import complete
from routing.models import Rule, Source, TimeWindow
from tests.callers import superuser
from tests.factories import HOOK_URL, make_rest_target, make_server, make_source, make_target
from tests.routing.changes.pages import OTHER_URL, form_of, page

pytestmark = pytest.mark.django_db


def told(row: Any) -> list[str]:
    """What the newest change did, a line a field."""
    newest, before = row.history.order_by("-history_id")[:2]
    return [str(one) for one in differences.between(past.state(before), past.state(newest))]


def test_a_change_in_the_admin_is_kept_with_who_and_why(browser: Client, rule: Rule) -> None:
    browser.post(page(rule, "change"), form_of(rule, name="Shop"))
    newest = rule.history.first()
    assert (newest.history_type, newest.history_by, newest.history_change_reason) == ("~", "ann", "ticket 7")


def test_a_new_rule_may_do_without_a_reason(browser: Client) -> None:
    form = {"name": "New", "position": 5, "enabled": "on", "targets": [make_target().pk]}
    browser.post(reverse("admin:routing_rule_add"), form)
    assert Rule.objects.get(name="New").history.get().history_links["targets"][0]["name"] == "ops"


def test_a_form_with_fields_and_targets_is_one_change(browser: Client, rule: Rule) -> None:
    other = make_target("dba")
    browser.post(page(rule, "change"), form_of(rule, name="Shop", targets=[other.pk]))
    assert (rule.history.count(), told(rule)) == (2, ["name: Web → Shop", "targets: −ops, +dba"])


def test_matchers_are_compared_line_by_line(browser: Client, rule: Rule) -> None:
    browser.post(page(rule, "change"), form_of(rule, matchers='team="db"\nenv!="dev"'))
    assert told(rule) == ['matchers: +env!="dev"']


def test_saving_without_a_change_leaves_no_record(browser: Client, rule: Rule) -> None:
    browser.post(page(rule, "change"), form_of(rule))
    assert rule.history.count() == 1


def test_rules_deleted_in_the_list_keep_the_reason(browser: Client, rule: Rule) -> None:
    form = {"action": "delete_selected", "_selected_action": [rule.pk], "post": "yes", "reason": "not needed"}
    browser.post(reverse("admin:routing_rule_changelist"), form)
    newest = Rule.history.filter(id=rule.pk).first()
    assert (newest.history_type, newest.history_change_reason) == ("-", "not needed")


def test_a_rule_that_loses_a_deleted_target_says_so(rule: Rule) -> None:
    other = make_target("dba")
    rule.targets.add(other)
    complete(rule)
    other.delete()
    assert (told(rule), rule.history.first().history_change_reason) == (["targets: −dba"], "target dba was deleted")


def test_the_intervals_of_a_window_belong_to_its_history(browser: Client) -> None:
    window = TimeWindow.objects.create(name="Nights")
    form = {"name": "Nights", "intervals-TOTAL_FORMS": 1, "intervals-INITIAL_FORMS": 0,
            "intervals-0-times": "22:00-24:00", "intervals-0-location": "UTC"}  # fmt: skip
    browser.post(page(window, "change"), form)
    assert told(window) == ["intervals: +22:00-24:00 (UTC)"]


def test_the_api_keeps_user_and_reason(rule: Rule) -> None:
    superuser().patch(f"/api/v1/rules/{rule.pk}/", {"enabled": False, "reason": "too loud"}, format="json")
    newest = rule.history.first()
    assert (newest.history_change_reason, told(rule)) == ("too loud", ["enabled: on → off"])
    assert newest.history_by == newest.history_user.get_username()


def test_the_api_keeps_the_reason_of_deleting(rule: Rule) -> None:
    superuser().delete(f"/api/v1/rules/{rule.pk}/", {"reason": "merged into Shop"}, format="json")
    assert Rule.history.filter(id=rule.pk).first().history_change_reason == "merged into Shop"


def test_the_api_refuses_a_reason_that_is_no_text(rule: Rule) -> None:
    assert superuser().delete(f"/api/v1/rules/{rule.pk}/", {"reason": 5}, format="json").status_code == 400


def test_the_api_shows_the_history(rule: Rule) -> None:
    superuser().patch(f"/api/v1/rules/{rule.pk}/", {"name": "Shop"}, format="json")
    newest = superuser("bob").get(f"/api/v1/rules/{rule.pk}/history/").json()["results"][0]
    assert newest["changes"] == [{"field": "name", "before": "Web", "after": "Shop", "removed": [], "added": []}]


@pytest.mark.parametrize("number", ["0", "999", "9" * 30, "x"])
def test_the_api_has_no_history_of_what_never_was(number: str) -> None:
    assert superuser().get(f"/api/v1/rules/{number}/history/").status_code == 404


def test_what_nobody_asked_for_was_done_by_alerthub() -> None:
    with because("first start", by="AlertHub"):
        source = make_source()
    assert (source.history.get().history_by, source.history.get().history_change_reason) == ("AlertHub", "first start")


def test_who_may_look_sees_the_history_and_cannot_restore(client: Client, rule: Rule) -> None:
    bob = User.objects.create_user("bob", is_staff=True)
    bob.user_permissions.set(Permission.objects.filter(codename="view_rule"))
    client.force_login(bob)
    first = rule.history.get()
    rule.name = "Shop"
    rule.save()
    assert "Restore" not in client.get(page(rule, "history")).content.decode()
    assert client.post(page(rule, "restore", first.history_id)).status_code == 403


def test_nobody_sees_a_history_without_the_permission(client: Client, rule: Rule) -> None:
    client.force_login(User.objects.create_user("bob", is_staff=True))
    assert client.get(page(rule, "history")).status_code == 403


@pytest.mark.parametrize("number", ["0", "999", "9" * 30, "x"])
def test_an_odd_address_of_a_history_is_not_found(browser: Client, number: str) -> None:
    pages = [f"/admin/routing/rule/{number}/history/", f"/admin/routing/rule/1/history/{number}/restore/"]
    assert {browser.get(each).status_code for each in pages} <= {404, 302}


def test_rules_through_a_server_keep_the_servers_name(rule: Rule) -> None:
    target = make_rest_target(make_server())
    assert target.history.get().history_links["server"][0]["name"] == "chat"


def test_a_page_of_the_history_holds_twenty_five(browser: Client) -> None:
    source = Source.objects.create(name="0")
    for number in range(1, 30):
        source.name = str(number)
        source.save()
    answer = browser.get(page(source, "history"))
    assert (len(answer.context["lines"]), answer.context["lines"][-1].differences[0].before) == (25, "4")


def test_the_address_of_a_target_is_told_as_changed_without_a_part_of_it(browser: Client) -> None:
    target = make_target()
    target.set_webhook_url(OTHER_URL)
    target.save()
    assert told(target) == ["webhook address changed"]
    shown = browser.get(page(target, "history")).content.decode()
    assert [part for part in ("other.example", OTHER_URL[-4:], HOOK_URL[-4:], "chat.example") if part in shown] == []
