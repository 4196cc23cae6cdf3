"""Sources and their tokens: seen once, several at once, ended when people say so."""

from __future__ import annotations

from datetime import timedelta

import pytest
import yaml
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from routing.models import IngestToken, Source

# The walk in test_handmade.py opens every page and address on each database.
pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]


def allowed(*codenames: str) -> User:
    person = User.objects.create_user("eve", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return person


def page(source: Source, what: str = "change") -> str:
    return reverse(f"admin:routing_source_{what}", args=[source.pk])


def test_a_new_token_opens_the_door(browser: Client, source: Source) -> None:
    secret = browser.post(page(source, "new_token"), {"name": "am-1"}).context["secret"]
    assert IngestToken.valid(secret, timezone.now()).get().name == "am-1"


def test_a_new_source_leads_to_its_first_token(browser: Client) -> None:
    answer = browser.post(
        "/admin/routing/source/add/",
        {"name": "eu1", "duplicate_window": 120, "repeat_interval": 14400, "close_after": 259200, "_save": "Save"},
    )
    assert answer["Location"] == page(Source.objects.get(), "new_token")


def test_asking_for_the_page_makes_no_token(browser: Client, source: Source) -> None:
    browser.get(page(source, "new_token"))
    assert source.tokens.count() == 0


def test_a_new_token_is_shown_in_the_answer_and_kept_by_no_cache(browser: Client, source: Source) -> None:
    answer = browser.post(page(source, "new_token"), {"name": "am-1"})
    shown = answer.content.decode().count(answer.context["secret"])
    assert (shown, "no-store" in answer["Cache-Control"]) == (3, True)


@pytest.mark.parametrize("what", ["change", "new_token", "history"])
def test_a_token_is_not_shown_again(browser: Client, source: Source, what: str) -> None:
    secret = browser.post(page(source, "new_token"), {"name": "am-1"}).context["secret"]
    assert secret not in browser.get(page(source, what)).content.decode()


def test_a_token_is_not_kept_in_the_session(browser: Client, source: Source) -> None:
    secret = browser.post(page(source, "new_token"), {"name": "am-1"}).context["secret"]
    kept = str(dict(browser.session)) + str(browser.cookies)
    assert secret not in kept


def test_the_receiver_that_is_shown_is_yaml_with_the_token(browser: Client, source: Source) -> None:
    context = browser.post(page(source, "new_token"), {"name": "am-1"}).context
    [config] = yaml.safe_load(context["receiver"])["receivers"][0]["webhook_configs"]
    assert config["http_config"]["authorization"]["credentials"] == context["secret"]


def test_a_source_keeps_its_older_tokens(browser: Client, source: Source) -> None:
    source.new_token("am-1")
    browser.post(page(source, "new_token"), {"name": "am-2"})
    assert set(source.tokens.values_list("name", flat=True)) == {"am-1", "am-2"}


def test_a_new_token_may_end_by_itself(browser: Client, source: Source) -> None:
    browser.post(page(source, "new_token"), {"name": "am-1", "expires_at": "2030-01-02T03:04"})
    assert str(source.tokens.get().expires_at) == "2030-01-02 03:04:00+00:00"


def test_a_token_without_a_name_is_not_made(browser: Client, source: Source) -> None:
    browser.post(page(source, "new_token"), {"name": ""})
    assert source.tokens.count() == 0


def test_the_end_of_a_token_is_edited_on_the_page_of_its_source(browser: Client, source: Source) -> None:
    secret = source.new_token("am-1")
    ended = timezone.localtime() - timedelta(minutes=1)
    browser.post(page(source), {
        "name": source.name, "enabled": "on", "duplicate_window": 120, "repeat_interval": 14400, "close_after": 259200,
        "tokens-TOTAL_FORMS": 1, "tokens-INITIAL_FORMS": 1, "tokens-0-id": source.tokens.get().pk,
        "tokens-0-source": source.pk, "tokens-0-name": "am-1",
        "tokens-0-expires_at": f"{ended:%Y-%m-%dT%H:%M}",
    })  # fmt: skip
    assert not IngestToken.valid(secret, timezone.now()).exists()


def test_changing_a_source_is_not_enough_to_make_a_token(client: Client, source: Source) -> None:
    client.force_login(allowed("view_source", "change_source"))
    answer = client.post(page(source, "new_token"), {"name": "am-1"})
    assert (answer.status_code, source.tokens.count()) == (403, 0)


@pytest.mark.parametrize(("codename", "shown"), [("add_ingesttoken", True), ("change_source", False)])
def test_only_who_may_make_a_token_is_offered_one(client: Client, source: Source, codename: str, shown: bool) -> None:
    client.force_login(allowed("view_source", codename))
    assert (page(source, "new_token") in client.get(page(source)).content.decode()) is shown


def test_a_person_who_may_only_look_makes_no_token(client: Client, source: Source) -> None:
    client.force_login(User.objects.create_user("bob", is_staff=True))
    answer = client.post(page(source, "new_token"), {"name": "am-1"})
    assert (answer.status_code, source.tokens.count()) == (403, 0)
