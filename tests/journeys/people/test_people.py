"""People of each role with a browser: what they came for is found from the first page, and done in a few clicks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.factories import alert, payload
from tests.journeys import people
from tests.journeys.people import Enter
from tests.journeys.stack import CRITICAL, WARNING, Stack

# What people see and do does not depend on the database.
pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.anywhere]


def menu(page: Page, name: str) -> None:
    page.locator("#nav-sidebar-inner a").get_by_text(name, exact=True).click()


def add(page: Page) -> None:
    page.locator("a.addlink").first.click()


def save(page: Page, reason: str = "") -> None:
    if reason:
        page.get_by_label("Why").fill(reason)
    page.get_by_role("button", name="Save", exact=True).click()


def test_an_administrator_lets_somebody_in(enter: Enter, stack: Stack) -> None:
    page = enter("admin")
    menu(page, "Users")
    add(page)
    page.get_by_label("Username").fill("nora")
    for label in ("Password", "Password confirmation"):
        page.get_by_label(label, exact=True).fill(people.PASSWORD)
    page.get_by_label("Viewer:").check()
    save(page)
    first = enter("nora")
    expect(
        first.get_by_text(re.compile("Everything works|ask for a person|Nothing has arrived yet|What came was refused"))
    ).to_be_visible()
    expect(first.locator("#nav-sidebar-inner").get_by_text("Users", exact=True)).to_have_count(0)


def test_an_administrator_makes_a_target_and_tries_it(enter: Enter, stack: Stack) -> None:
    page = enter("ada")
    menu(page, "Targets")
    add(page)
    page.get_by_label("Name").fill("the night shift")
    page.get_by_label("Webhook address").fill(stack.sandbox.hook("#night").url)
    save(page)
    page.locator("#result_list").get_by_role("link", name="the night shift").click()
    page.get_by_role("link", name="Send test message").click()
    page.get_by_role("button", name="Send test message").click()
    expect(page.get_by_role("status")).to_contain_text("delivered")
    assert len(stack.room("#night", "TEST")) == 1


def test_a_route_editor_sees_what_a_change_does_before_saving_it(enter: Enter, stack: Stack, word: str) -> None:
    told = stack.receive(payload(alert(f"{word}Moves", severity="warning", team=word), group=word))
    stack.wait_for_end(told.notification)
    page = enter("eddy")
    menu(page, "Rules")
    page.locator("#result_list").get_by_role("link", name="Warning", exact=True).click()
    page.get_by_label("Matchers").fill(f'team!="{word}"')
    page.get_by_role("button", name="What would change?").click()
    impact = page.get_by_role("region", name="What would change")
    expect(impact).to_contain_text("would have gone elsewhere")
    expect(impact).to_contain_text(f"{word}Moves to info instead of warning")
    save(page, "the team has a room of its own now")
    expect(page.locator("#result_list")).to_contain_text(f'team!="{word}"')


def test_a_rule_is_restored_from_its_history(enter: Enter, stack: Stack, word: str) -> None:
    rules = stack.call("GET", "rules/")["results"]
    [rule] = [rule for rule in rules if rule["name"] == "Critical"]
    stack.call("PATCH", f"rules/{rule['id']}/", {"matchers": f'team="{word}"', "reason": "a slip"})
    page = enter("eddy")
    menu(page, "Rules")
    page.locator("#result_list").get_by_role("link", name="Critical", exact=True).click()
    page.get_by_role("link", name=re.compile("History$")).click()
    expect(page.locator("body")).to_contain_text("a slip")
    page.get_by_role("link", name="Restore").last.click()
    restore = page.get_by_role("button", name="Restore")
    if page.get_by_label("Why").count():
        page.get_by_label("Why").fill("that was a slip")
    restore.click()
    assert stack.call("GET", f"rules/{rule['id']}/")["matchers"] == ""


def test_an_alert_is_traced_from_the_room_to_the_rule(enter: Enter, stack: Stack, word: str) -> None:
    told = stack.receive(payload(alert(f"{word}Traced", instance="db-1"), group=word))
    stack.wait_for_end(told.notification)
    [message] = stack.wait_for_room(CRITICAL, f"{word}Traced")
    number = message.text.rpartition("D-")[2].split()[0]
    page = enter("vera")
    page.get_by_label("Why did it arrive").fill(f"D-{number}")
    page.keyboard.press("Enter")
    expect(page.locator(".ah-card").filter(has_text="Which rule")).to_contain_text("Critical")
    expect(page.locator("body")).to_contain_text("severity is critical")


def test_why_an_alert_did_not_reach_a_room_is_found_from_the_first_page(enter: Enter, stack: Stack, word: str) -> None:
    stack.call(
        "POST", "silences/", {"matchers": f'team="{word}"', "ends_at": "2099-01-01T00:00:00Z", "comment": "Moving"}
    )
    stack.receive(payload(alert(f"{word}Unheard", team=word), group=word))
    page = enter("vera")
    page.get_by_label("Why did it arrive").fill(f"{word}Unheard")
    page.keyboard.press("Enter")
    answer = page.locator(".ah-card").filter(has_text=f"{word}Unheard")
    expect(answer).to_contain_text("It is kept back. Silence S-")
    expect(answer).to_contain_text("Moving")


def test_a_responder_silences_an_alert_in_two_clicks(enter: Enter, stack: Stack, word: str) -> None:
    stack.receive(payload(alert(f"{word}Loud", team=word), group=word))
    page = enter("rob")
    menu(page, "Alerts")
    page.get_by_role("link", name=f"{word}Loud").click()
    page.get_by_role("group", name="Silence").get_by_role("link", name="4 h").click()
    expect(page.locator("[data-preview]")).to_contain_text("1 firing alert")
    expect(page.get_by_label("4 h", exact=True)).to_be_checked()
    page.get_by_label("Comment").fill("I am moving it")
    save(page)
    again = stack.receive(payload(alert(f"{word}Loud", team=word, starts_at="2026-11-24T10:00:00Z"), group=word))
    assert stack.wait_for_end(again.notification) == []


def test_a_responder_acknowledges(enter: Enter, stack: Stack, word: str) -> None:
    stack.receive(payload(alert(f"{word}Mine", team=word), group=word))
    page = enter("rob")
    menu(page, "Alerts")
    page.get_by_role("link", name=f"{word}Mine").click()
    page.get_by_label("What others should know").fill("restarting it")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".ah-why")).to_contain_text("rob is at it: restarting it")


def test_a_responder_sends_again_what_is_undelivered(enter: Enter, stack: Stack, word: str) -> None:
    hook = stack.sandbox.default_hook("warning")
    # Refused in full and as plain text, while the room takes what else it is asked with.
    hook.fail("success_false", error="Match error: Expected string", about=f"{word}Dead")
    told = stack.receive(payload(alert(f"{word}Dead", severity="warning"), group=word))
    [dead] = stack.wait_for_end(told.notification, timeout=30)
    assert dead.state == "rejected"
    page = enter("rob")
    menu(page, "Undelivered")
    page.get_by_role("link", name="One by one").first.click()
    row = page.locator("#result_list tr").filter(has_text=f"{word}Dead")
    row.locator("input[type=checkbox]").check()
    page.locator("select[name=action]").select_option("send_again")
    page.get_by_role("button", name="Run").or_(page.get_by_role("button", name="Go")).first.click()
    hook.clear()
    page.get_by_role("button", name="Send again").click()
    stack.wait_for_room(WARNING, f"{word}Dead", timeout=30)


def test_a_route_editor_writes_a_template_with_a_preview(enter: Enter, stack: Stack, word: str) -> None:
    told = stack.receive(payload(alert(f"{word}Seen"), group=word))
    stack.wait_for_end(told.notification)
    page = enter("eddy")
    menu(page, "Templates")
    add(page)
    page.get_by_label("Name").fill(f"short {word}")
    page.get_by_label("Headline").fill("{{ severity|upper }} {{ alerts[0].name }")
    expect(page.locator("[data-preview]")).to_contain_text("Line 1")
    page.get_by_label("Headline").fill("{{ severity|upper }} {{ alerts[0].name }}")
    page.get_by_label("Preview of").fill(f"N-{told.notification}")
    expect(page.locator("[data-preview]")).to_contain_text(f"CRITICAL {word}Seen")
    save(page)
    expect(page.locator("#result_list")).to_contain_text(f"short {word}")


def test_a_delivery_is_looked_at_beside_the_list_by_keyboard(enter: Enter, stack: Stack, word: str) -> None:
    for number in (1, 2):
        told = stack.receive(payload(alert(f"{word}Look{number}"), group=f"{word}{number}"))
        stack.wait_for_end(told.notification)
    page = enter("vera")
    menu(page, "Deliveries")
    page.get_by_role("link", name="Look at").first.press("Enter")
    panel = page.locator("[data-panel-dialog]")
    expect(panel).to_contain_text(f"{word}Look2")
    page.keyboard.press("ArrowDown")
    expect(panel).to_contain_text(f"{word}Look1")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_a_viewer_is_offered_nothing_to_change(enter: Enter, stack: Stack) -> None:
    page = enter("vera")
    for name in ("Rules", "Targets", "Silences", "Templates"):
        menu(page, name)
        expect(page.locator('a[href$="/add/"]')).to_have_count(0)
