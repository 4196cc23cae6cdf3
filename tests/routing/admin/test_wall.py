"""Links to the wall: made by who may, seen once, revoked at once."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from alerthub.people.roles import RESPONDER, ROUTE_EDITOR, VIEWER
from routing.models import WallLink
from tests.callers import person

pytestmark = pytest.mark.django_db

LIST = "/admin/routing/walllink/"
ADD = f"{LIST}add/"


def made(browser: Client, name: str = "TV in the ops room") -> tuple[WallLink, str]:
    """The row, and the address that was shown."""
    answer = browser.post(ADD, {"name": name})
    return WallLink.objects.get(name=name), str(answer.context["address"])


def opens(address: str) -> bool:
    return Client().get(address[address.index("/wall/") :]).status_code == 200


def enter(client: Client, role: str) -> Client:
    user = person("bob", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def test_a_new_link_opens_the_wall_and_is_shown_once(browser: Client) -> None:
    link, address = made(browser)
    assert opens(address)
    secret = address.split("/")[-2]
    pages = [
        browser.get(page).content.decode() for page in (LIST, f"{LIST}{link.pk}/change/", f"{LIST}{link.pk}/history/")
    ]
    assert [secret in page for page in pages] == [False] * 3


def test_a_new_link_is_saved_in_one_way_only(browser: Client) -> None:
    form = browser.get(ADD).context
    assert (form["show_save_and_add_another"], form["show_save_and_continue"]) == (False, False)


def test_only_its_hash_is_kept(browser: Client) -> None:
    link, address = made(browser)
    secret = address.split("/")[-2]
    kept = [*WallLink.objects.values_list(), *LogEntry.objects.values_list()]
    kept += [tuple(row.get_decoded().values()) for row in Session.objects.all()]
    assert secret not in repr(kept)
    assert (link.hint, link.made_by) == (secret[-4:], "ann")


def test_the_page_that_shows_it_is_not_kept(browser: Client) -> None:
    assert "no-store" in browser.post(ADD, {"name": "TV"})["Cache-Control"]


def test_who_reads_the_address_elsewhere_is_told_what_to_put_there(browser: Client) -> None:
    assert "ALERTHUB_PUBLIC_URL" in browser.post(ADD, {"name": "TV"}).content.decode()


@pytest.mark.parametrize(("role", "may"), [(VIEWER, False), (RESPONDER, False), (ROUTE_EDITOR, True)])
def test_who_edits_rules_makes_links(client: Client, role: str, may: bool) -> None:
    enter(client, role).post(ADD, {"name": "TV"})
    assert WallLink.objects.exists() is may


def test_a_link_is_revoked_from_its_page(browser: Client) -> None:
    link, address = made(browser)
    page = f"{LIST}{link.pk}/revoke/"
    assert "Revoke the link TV in the ops room?" in browser.get(page).content.decode()
    assert opens(address)
    browser.post(page)
    link.refresh_from_db()
    assert (opens(address), link.revoked_by) == (False, "ann")


def test_links_are_revoked_from_the_list(browser: Client) -> None:
    links = [made(browser, name) for name in ("a", "b", "c")]
    chosen = {"action": "revoke_chosen", "_selected_action": [link.pk for link, _ in links[:2]]}
    told = browser.post(LIST, chosen, follow=True).content.decode()
    assert [opens(address) for _, address in links] == [False, False, True]
    assert "2 links show nothing any more." in told


def test_what_is_revoked_stays_so(browser: Client) -> None:
    link, address = made(browser)
    browser.post(f"{LIST}{link.pk}/revoke/")
    browser.post(f"{LIST}{link.pk}/change/", {"name": "again", "expires_at": ""})
    told = browser.post(LIST, {"action": "revoke_chosen", "_selected_action": [link.pk]}, follow=True)
    assert "It was revoked before." in told.content.decode()
    assert (browser.get(f"{LIST}{link.pk}/revoke/").status_code, opens(address)) == (403, False)


def test_a_viewer_revokes_nothing(client: Client, browser: Client) -> None:
    link, address = made(browser)
    other = enter(Client(), VIEWER)
    other.post(f"{LIST}{link.pk}/revoke/")
    other.post(LIST, {"action": "revoke_chosen", "_selected_action": [link.pk]})
    assert opens(address)


def test_the_list_says_how_each_stands(browser: Client) -> None:
    made(browser, "fresh")
    WallLink.objects.create(name="old", digest="1", expires_at=timezone.now())
    WallLink.objects.create(name="gone", digest="2", revoked_at=timezone.now(), revoked_by="bob", made_by="eve")
    shown = browser.get(LIST).content.decode()
    assert [
        word in shown for word in ("valid", "expired", "revoked", "by bob", "by eve", "by nobody known", "never")
    ] == [True] * 7


def test_no_such_link_is_revoked(browser: Client) -> None:
    assert [browser.get(f"{LIST}{number}/revoke/").status_code for number in (999, "x", "9" * 30)] == [404] * 3
