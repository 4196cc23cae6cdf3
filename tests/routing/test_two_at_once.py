"""Two people, or programs, change one row at the same moment: each change is there afterwards, and in the history."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from routing import rulebook
from routing.admin import reorder
from routing.models import RocketChatServer, Rule, Silence, Source, Target
from tests import callers, factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

TRIES = 20


@pytest.fixture(autouse=True)
def _fallback() -> Iterator[None]:
    """Tests that commit begin with empty tables, and leave what each start makes."""
    Rule.objects.fallback()
    rulebook.forget()
    yield
    rulebook.forget()


@pytest.fixture
def api() -> APIClient:
    return callers.superuser()


@pytest.fixture
def person() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("ann", "", "x"))
    return client


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each of them answered; all begin at one moment."""
    gate, answers = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(place: int, deed: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            answers[place] = deed()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def patched(api: APIClient, address: str, **fields: Any) -> Callable[[], int]:
    return lambda: int(api.patch(address, fields).status_code)


def posted(who: Client, address: str, form: dict[str, Any] | None = None) -> Callable[[], int]:
    return lambda: int(who.post(address, form or {}).status_code)


def deleted(api: APIClient, address: str) -> Callable[[], int]:
    return lambda: int(api.delete(address).status_code)


def test_two_changes_of_different_fields_are_both_kept(api: APIClient) -> None:
    target = factories.make_target()
    address, lost = f"/api/v1/targets/{target.pk}/", []
    for number in range(TRIES):
        alias, channel = f"bot-{number}", f"#room-{number}"
        codes = at_once(patched(api, address, alias=alias), patched(api, address, channel=channel))
        target.refresh_from_db()
        if (codes, target.alias, target.channel) != ([200, 200], alias, channel):
            lost.append((codes, target.alias, target.channel))
    assert lost == []
    newest = Target.history.filter(id=target.pk).order_by("-history_id")
    # One when it was made and two a try, each as the row was after it.
    assert newest.count() == 1 + 2 * TRIES
    assert (newest[0].alias, newest[0].channel) == (target.alias, target.channel)


def test_links_and_fields_changed_at_once_are_both_kept(api: APIClient) -> None:
    targets = [factories.make_target(f"t{number}") for number in range(2)]
    rule = factories.make_rule(targets=targets[:1])
    address, lost = f"/api/v1/rules/{rule.pk}/", []
    for number in range(TRIES):
        wanted = targets[number % 2].pk
        at_once(patched(api, address, targets=[wanted]), patched(api, address, matchers=f"n={number}"))
        rule.refresh_from_db()
        if (rule.matchers, [each.pk for each in rule.targets.all()]) != (f"n={number}", [wanted]):
            lost.append(number)
    assert lost == []
    newest = Rule.history.filter(id=rule.pk).order_by("-history_id")[0]
    assert (newest.matchers, newest.history_links["targets"][0]["id"]) == (rule.matchers, wanted)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Source, {"enabled": False}, {"duplicate_window": 7}),
        (RocketChatServer, {"verify_tls": False}, {"rate_limit_calls": 7}),
        (Silence, {"comment": "still"}, {"matchers": "a=c"}),
    ],
)
def test_every_kind_of_row_keeps_both(api: APIClient, kind: Any, one: dict[str, Any], other: dict[str, Any]) -> None:
    makers: dict[Any, Callable[[], Source | RocketChatServer | Silence]] = {
        Source: factories.make_source,
        RocketChatServer: factories.make_server,
        Silence: lambda: factories.make_silence("a=b", timezone.now()),
    }
    made = makers[kind]()
    name = {Source: "sources", RocketChatServer: "servers", Silence: "silences"}[kind]
    address = f"/api/v1/{name}/{made.pk}/"
    before = {field: getattr(made, field) for field in one | other}
    for _ in range(TRIES):
        kind.objects.update(**before)
        assert at_once(patched(api, address, **one), patched(api, address, **other)) == [200, 200]
        made.refresh_from_db()
        assert {field: getattr(made, field) for field in one | other} == one | other


def test_moving_a_rule_undoes_nothing_else(api: APIClient, person: Client) -> None:
    target, lost = factories.make_target(), []
    rule, _ = (factories.make_rule(name, [target], position=place) for place, name in enumerate(("moved", "other")))
    for number in range(TRIES):
        to, first = ("last", "other") if number % 2 == 0 else ("top", "moved")
        at_once(
            posted(person, f"/admin/routing/rule/{rule.pk}/move/", {"to": to}),
            patched(api, f"/api/v1/rules/{rule.pk}/", matchers=f"n={number}"),
        )
        rule.refresh_from_db()
        found = Rule.objects.in_order()[0].name
        if (found, rule.matchers) != (first, f"n={number}"):
            lost.append((number, found, rule.matchers))
    assert lost == []


def test_of_two_who_move_rules_the_second_is_told() -> None:
    target = factories.make_target()
    rules = [factories.make_rule(f"rule {place}", [target], position=place) for place in range(4)]

    def moved(rule: Rule, seen: str) -> Callable[[], str]:
        def deed() -> str:
            try:
                return reorder.move(rule.pk, reorder.to("top"), seen, "").sentence
            except reorder.Refused as refused:
                return str(refused)

        return deed

    for number in range(TRIES):
        order = reorder.present()
        last, other = (Rule.objects.get(pk=order.ids[place]) for place in (3, 2))
        said = sorted(at_once(moved(last, order.mark), moved(other, order.mark)), key=len)
        assert ("is now the first rule" in said[0], "Somebody else" in said[1]) == (True, True), (number, said)
    assert len(reorder.present().ids) == len(rules)


def test_a_silence_that_is_ended_while_it_is_edited_stays_ended(api: APIClient, person: Client) -> None:
    for number in range(TRIES):
        silence = factories.make_silence("a=b", timezone.now())
        at_once(
            posted(person, f"/admin/routing/silence/{silence.pk}/end/"),
            patched(api, f"/api/v1/silences/{silence.pk}/", comment=f"n {number}"),
        )
        silence.refresh_from_db()
        assert silence.ends_at <= timezone.now() + timedelta(seconds=1)


def test_a_form_does_not_undo_what_came_while_it_was_saved(api: APIClient, person: Client) -> None:
    source = factories.make_source()
    page, lost = f"/admin/routing/source/{source.pk}/change/", []
    tokens = {"tokens-TOTAL_FORMS": "0", "tokens-INITIAL_FORMS": "0"}
    fields = person.get(page).context["adminform"].form
    shown = {field.html_name: field.value() for field in fields if field.value() is not None}
    for number in range(TRIES):
        # The form names all it shows; a token is made beside it.
        form = shown | {"duplicate_window": str(number)} | tokens
        at_once(
            posted(person, page, form),
            posted(api, f"/api/v1/sources/{source.pk}/tokens/", {"name": f"t{number}"}),
        )
        newest = Source.history.filter(id=source.pk).order_by("-history_id")[0]
        if (newest.duplicate_window, len(newest.history_links["tokens"])) != (number, number + 1):
            lost.append((number, newest.duplicate_window, len(newest.history_links["tokens"])))
    assert lost == []


def test_a_token_that_is_deleted_together_with_its_source_is_no_error(api: APIClient) -> None:
    for number in range(TRIES):
        source = factories.make_source(f"s{number}")
        source.new_token("am")
        token = source.tokens.get()
        codes = at_once(
            deleted(api, f"/api/v1/sources/{source.pk}/"),
            deleted(api, f"/api/v1/sources/{source.pk}/tokens/{token.pk}/"),
        )
        assert (codes[0], codes[1] in (204, 404)) == (204, True)


def test_a_row_that_is_deleted_while_it_is_changed_is_not_there_any_more(api: APIClient) -> None:
    for number in range(TRIES):
        address = f"/api/v1/targets/{factories.make_target(f't{number}').pk}/"
        codes = at_once(deleted(api, address), patched(api, address, alias="x"))
        assert (codes[0], codes[1] in (200, 404)) == (204, True)
    assert not Target.objects.exists()
