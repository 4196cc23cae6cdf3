"""Rare fields are folded away, and a fold opens by itself when there is something in it to see."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from routing.admin.folding import Fold
from routing.models import Source, Target
from tests.factories import make_rule, make_source, make_target, make_window
from tests.routing.admin.test_target import filled

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]


def page(row: Any) -> str:
    return reverse(f"admin:routing_{row._meta.model_name}_change", args=[row.pk])


def folds(answer: Any) -> dict[str, Fold]:
    return {fold.title: fold for part in answer.context["parts"] for fold in part.folds}


def test_what_matters_of_a_target_is_not_folded(browser: Client) -> None:
    seen = [
        name
        for part in browser.get("/admin/routing/target/add/").context["parts"]
        if part.fieldset
        for line in part.fieldset.fields
        for name in ([line] if isinstance(line, str) else line)
    ]
    assert seen[:5] == ["name", "enabled", "webhook_address", "server", "channel"]
    assert set(seen[5:]) <= {"seen", "reason"}


def test_in_a_new_row_every_fold_is_closed(browser: Client) -> None:
    found = folds(browser.get("/admin/routing/target/add/"))
    assert found
    assert not any(fold.is_open for fold in found.values())


def test_a_fold_says_what_is_in_it(browser: Client) -> None:
    assert folds(browser.get("/admin/routing/target/add/"))["TLS"].names == "Verify TLS, CA file"


def test_a_fold_counts_what_is_not_as_in_a_new_row_and_is_open_then(browser: Client) -> None:
    target = make_target(rate_limit_calls=5, text_limit=900)
    answer = browser.get(page(target))
    sending = folds(answer)["Sending"]
    assert (sending.changed, sending.is_open) == (2, True)
    assert "2 changed</span>" in answer.content.decode()


def test_only_the_fold_that_differs_is_open(browser: Client) -> None:
    target = make_target(rate_limit_calls=10, emoji=":fire:")
    assert [fold.title for fold in folds(browser.get(page(target))).values() if fold.is_open] == ["How it looks"]


def test_a_fold_with_a_mistake_is_open(browser: Client) -> None:
    target = make_target(rate_limit_calls=10)
    found = folds(browser.post(page(target), filled(text_limit="")))
    assert (found["Sending"].is_wrong, found["TLS"].is_open) == (True, False)


def test_after_a_mistake_elsewhere_what_was_typed_counts(browser: Client) -> None:
    target = make_target(rate_limit_calls=10)
    assert folds(browser.post(page(target), filled(name="", verify_tls=None)))["TLS"].changed == 1


def test_a_window_of_a_rule_opens_its_fold(browser: Client) -> None:
    rule = make_rule(targets=[make_target()])
    rule.muted_windows.add(make_window())
    assert folds(browser.get(page(rule)))["When it speaks"].changed == 1


def test_who_may_only_look_sees_the_same_folds_open(client: Client) -> None:
    client.force_login(User.objects.create_user("eve", is_staff=True))
    User.objects.get().user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    target = make_target(rate_limit_calls=10, text_limit=900)
    rule = make_rule(targets=[target])
    rule.active_windows.add(make_window())
    opened = [fold.title for row in (target, rule) for fold in folds(client.get(page(row))).values() if fold.is_open]
    assert opened == ["Sending", "When it speaks"]


def test_what_is_folded_is_saved_as_well(browser: Client) -> None:
    target = make_target()
    browser.post(page(target), filled(text_limit=700, alias="Night watch"))
    saved = Target.objects.get()
    assert (saved.text_limit, saved.alias) == (700, "Night watch")


def test_a_source_shows_its_name_first(browser: Client) -> None:
    source: Source = make_source(close_after=0)
    found = folds(browser.get(page(source)))
    assert [(fold.names, fold.changed) for fold in found.values()] == [
        ("Severity labels", 0), ("Duplicate window, repeat interval, close after", 1),
    ]  # fmt: skip
