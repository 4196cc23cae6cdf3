"""Sources and targets through the REST API: secrets go in and never come out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from routing.api.views import IngestTokenViewSet
from routing.models import IngestToken, Source, Target
from routing.models.rule import only_target_of
from tests import factories
from tests.callers import caller, superuser
from tests.factories import HOOK_URL

pytestmark = pytest.mark.django_db

SECRET = HOOK_URL.rpartition("/")[2]


@pytest.fixture
def api() -> APIClient:
    return superuser()


def post_target(api: APIClient, **fields: Any) -> Any:
    return api.post("/api/v1/targets/", {"name": "ops", "webhook_url": HOOK_URL} | fields)


def test_a_target_shows_a_mask_of_its_webhook(api: APIClient) -> None:
    answer = post_target(api)
    assert (answer.json()["webhook"], SECRET in answer.text) == ("https://chat.example/…a1b2", False)


def test_the_webhook_arrives_whole(api: APIClient) -> None:
    post_target(api)
    assert Target.objects.get().webhook_url() == HOOK_URL


@pytest.mark.parametrize("method", ["get", "options"])
def test_a_list_of_targets_shows_no_secret(api: APIClient, method: str) -> None:
    post_target(api)
    assert SECRET not in getattr(api, method)("/api/v1/targets/").text


def test_a_new_target_needs_its_webhook(api: APIClient) -> None:
    assert list(api.post("/api/v1/targets/", {"name": "ops"}).json()["fields"]) == ["webhook_url"]


def test_a_change_without_the_webhook_keeps_it(api: APIClient) -> None:
    target = factories.make_target()
    answer = api.put(f"/api/v1/targets/{target.pk}/", {"name": "night"})
    target.refresh_from_db()
    assert (answer.status_code, target.name, target.webhook_url()) == (200, "night", HOOK_URL)


def test_a_webhook_can_be_replaced(api: APIClient) -> None:
    target = factories.make_target()
    api.patch(f"/api/v1/targets/{target.pk}/", {"webhook_url": "https://new.example/hooks/1/2222"})
    target.refresh_from_db()
    assert target.webhook_url() == "https://new.example/hooks/1/2222"


@pytest.mark.parametrize(
    "url",
    [
        f"ftp://chat.example/{SECRET}",
        f"https://user:{SECRET}@chat.example/hooks/1",
        f"{SECRET}",
        f"https://chat.example:x/{SECRET}",
        f"https://[{SECRET}/x",
        f"https://{SECRET * 10}/hooks/x",
    ],
)
def test_a_wrong_webhook_is_refused_without_repeating_it(api: APIClient, url: str) -> None:
    answer = post_target(api, webhook_url=url)
    assert (answer.status_code, list(answer.json()["fields"]), SECRET in answer.text) == (400, ["webhook_url"], False)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"emoji": ":x:", "avatar_url": "https://a.example/x.png"}, "avatar_url"),
        ({"connect_timeout": 9, "timeout": 5}, "connect_timeout"),
        ({"timeout": 31}, "timeout"),
        ({"emoji": "x"}, "emoji"),
        ({"ca_file": "ca.pem"}, "ca_file"),
        ({"ca_file": "/no/such/file"}, "ca_file"),
        ({"text_limit": 10**30}, "text_limit"),
        ({"avatar_url": "javascript:alert(1)"}, "avatar_url"),
    ],
)
def test_what_the_admin_refuses_the_api_refuses(api: APIClient, fields: dict[str, Any], named: str) -> None:
    assert list(post_target(api, **fields).json()["fields"]) == [named]


def test_the_only_target_of_a_rule_cannot_be_deleted(api: APIClient) -> None:
    target = factories.make_target()
    factories.make_rule("db", [target])
    answer = api.delete(f"/api/v1/targets/{target.pk}/")
    assert (answer.status_code, "only target of: db." in answer.json()["detail"]) == (409, True)


def test_one_of_several_targets_can_be_deleted(api: APIClient) -> None:
    target, other = factories.make_target(), factories.make_target("other")
    factories.make_rule("db", [target, other])
    assert api.delete(f"/api/v1/targets/{target.pk}/").status_code == 204


def test_rules_that_would_tell_nobody_are_found() -> None:
    target, other = factories.make_target(), factories.make_target("other")
    alone = factories.make_rule("alone", [target])
    factories.make_rule("both", [target, other])
    factories.make_rule("not this one", [other])
    assert only_target_of(target) == [alone]


def test_a_source_is_made_and_changed(api: APIClient) -> None:
    made = api.post("/api/v1/sources/", {"name": "prod"}).json()
    changed = api.patch(f"/api/v1/sources/{made['id']}/", {"duplicate_window": 60, "enabled": False}).json()
    assert (made["duplicate_window"], changed["duplicate_window"], changed["enabled"]) == (120, 60, False)


def test_a_duplicate_window_of_more_than_a_day_is_refused(api: APIClient, source: Source) -> None:
    answer = api.patch(f"/api/v1/sources/{source.pk}/", {"duplicate_window": 86_401})
    assert list(answer.json()["fields"]) == ["duplicate_window"]


def test_a_source_shows_its_tokens_without_their_secrets(api: APIClient, source: Source) -> None:
    secret = source.new_token("am-1")
    answer = api.get(f"/api/v1/sources/{source.pk}/")
    assert (answer.json()["tokens"][0]["name"], secret in answer.text) == ("am-1", False)


def test_a_new_ingest_token_is_shown_once_and_works(api: APIClient, source: Source) -> None:
    made = api.post(f"/api/v1/sources/{source.pk}/tokens/", {"name": "am-1"}).json()
    assert IngestToken.valid(made["token"], timezone.now()).get().source == source
    assert "token" not in api.get(f"/api/v1/sources/{source.pk}/tokens/").json()["results"][0]


def test_an_ingest_token_may_be_ones_own_secret(api: APIClient, source: Source) -> None:
    api.post(f"/api/v1/sources/{source.pk}/tokens/", {"name": "am-1", "token": "correct-horse-battery"})
    assert IngestToken.valid("correct-horse-battery", timezone.now()).exists()


@pytest.mark.parametrize("token", ["fifteen-letters", "with space in the middle", "x" * 201, "ü" * 16, ["a" * 16]])
def test_an_unfit_ingest_token_is_refused(api: APIClient, source: Source, token: Any) -> None:
    answer = api.post(f"/api/v1/sources/{source.pk}/tokens/", {"name": "am-1", "token": token})
    assert list(answer.json()["fields"]) == ["token"]


def test_an_ingest_token_in_use_is_refused(api: APIClient, source: Source) -> None:
    source.new_token("am-1", "correct-horse-battery")
    answer = api.post(f"/api/v1/sources/{source.pk}/tokens/", {"name": "am-2", "token": "correct-horse-battery"})
    assert list(answer.json()["fields"]) == ["token"]


def test_an_ingest_token_cannot_end_in_the_past(api: APIClient, source: Source) -> None:
    past = timezone.now() - timedelta(days=1)
    answer = api.post(f"/api/v1/sources/{source.pk}/tokens/", {"name": "am-1", "expires_at": past.isoformat()})
    assert list(answer.json()["fields"]) == ["expires_at"]


def test_an_ingest_token_can_be_taken_away(api: APIClient, source: Source) -> None:
    secret = source.new_token("am-1")
    token = IngestToken.objects.get()
    assert api.delete(f"/api/v1/sources/{source.pk}/tokens/{token.pk}/").status_code == 204
    assert not IngestToken.valid(secret, timezone.now()).exists()


def test_a_token_is_not_found_under_another_source(api: APIClient, source: Source) -> None:
    source.new_token("am-1")
    other, token = factories.make_source("other"), IngestToken.objects.get()
    assert api.delete(f"/api/v1/sources/{other.pk}/tokens/{token.pk}/").status_code == 404


def test_a_token_for_a_source_that_is_not_there_is_a_404(api: APIClient) -> None:
    assert api.post("/api/v1/sources/999/tokens/", {"name": "am-1"}).status_code == 404


def test_changing_a_source_does_not_allow_making_its_tokens(source: Source) -> None:
    api = caller("routing.add_source", "routing.change_source", "routing.view_source")
    assert api.post(f"/api/v1/sources/{source.pk}/tokens/", {"name": "am-1"}).status_code == 403


def test_a_token_that_goes_with_its_source_at_the_same_moment_is_not_there(
    api: APIClient, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.new_token("am-1")
    token, found = IngestToken.objects.get(), IngestTokenViewSet.get_object

    def found_and_gone(view: IngestTokenViewSet) -> IngestToken:
        row: IngestToken = found(view)
        Source.objects.filter(pk=source.pk).delete()
        return row

    monkeypatch.setattr(IngestTokenViewSet, "get_object", found_and_gone)
    answer = api.delete(f"/api/v1/sources/{source.pk}/tokens/{token.pk}/")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such source.")
