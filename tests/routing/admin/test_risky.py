"""Plain http and a hook without its token are saved, with a warning that says why."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from routing.inputs import risky
from routing.models import Target
from tests.factories import HOOK_URL, make_rest_target, make_server, make_target
from tests.routing.admin.test_target import ADD, filled, page

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]

PLAIN = HOOK_URL.replace("https://", "http://")
SERVER = {"name": "chat", "base_url": "http://chat.example", "user_id": "bot00000000000000", "verify_tls": "on",
          "rate_limit_calls": 0, "rate_limit_seconds": 60}  # fmt: skip


def warnings(answer: Any) -> list[str]:
    return [str(one) for one in answer.context["messages"] if one.level_tag == "warning"]


@pytest.mark.parametrize(
    ("url", "sentences"),
    [(PLAIN, [risky.PLAIN]), ("https://chat.example/hooks/65f0c0ffee", [risky.TOKENLESS]), (HOOK_URL, [])],
)
def test_an_address_is_saved_with_what_there_is_to_warn_of(browser: Client, url: str, sentences: list[str]) -> None:
    answer = browser.post(ADD, filled(webhook_address=url), follow=True)
    assert warnings(answer) == [f"Saved, with a warning. {sentence}" for sentence in sentences]
    assert Target.objects.get().webhook_url() == url


def test_who_changes_something_else_is_not_warned_again(browser: Client) -> None:
    target = make_target(url=PLAIN)
    assert warnings(browser.post(page(target), filled(alias="Night"), follow=True)) == []


def test_a_target_that_moves_to_a_plain_server_is_warned_of(browser: Client) -> None:
    server, target = make_server(base_url="http://chat.example"), make_target()
    moved = filled(server=server.pk, channel="#ops")
    assert warnings(browser.post(page(target), moved, follow=True)) == [f"Saved, with a warning. {risky.PLAIN}"]
    assert warnings(browser.post(page(target), moved, follow=True)) == []


def test_a_plain_server_is_saved_with_a_warning(browser: Client) -> None:
    form = SERVER | {"access_token": "a-long-enough-token"}
    answer = browser.post("/admin/routing/rocketchatserver/add/", form, follow=True)
    assert warnings(answer) == [f"Saved, with a warning. {risky.PLAIN}"]


def test_lists_mark_what_is_not_encrypted(browser: Client) -> None:
    make_target(url=PLAIN)
    server = make_server(base_url="http://chat.example")
    make_rest_target(server)
    lists = [browser.get(f"/admin/routing/{name}/").content.decode() for name in ("target", "rocketchatserver")]
    assert [shown.lower().count(">not encrypted</span>") for shown in lists] == [2, 1]


def test_a_target_that_is_plain_is_among_what_is_to_be_looked_at(browser: Client) -> None:
    shown = browser.get(page(make_target(url=PLAIN))).content.decode()
    assert risky.PLAIN in shown
    assert risky.PLAIN not in browser.get(page(make_target("safe"))).content.decode()
