"""After a save that failed the top of the form says what is wrong, with a link to each field."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.factories import HOOK_URL
from tests.routing.admin.test_target import ADD, filled

pytestmark = [pytest.mark.django_db, pytest.mark.anywhere]


def test_each_mistake_is_said_at_the_top_with_its_field(browser: Client) -> None:
    answer = browser.post(ADD, filled(webhook_address=HOOK_URL, name="", text_limit=3))
    found = {one.label: one.anchor for one in answer.context["wrong"]}
    assert found == {"Name": "id_name", "Text limit": "id_text_limit", "Webhook address": "id_webhook_address"}


def test_every_link_leads_to_something_on_the_page(browser: Client) -> None:
    page = browser.post(ADD, filled(name="", server=99, updates="no", fallback_target="x")).content.decode()
    top = page[page.index("data-wrong") :]
    anchors = re.findall(r'href="#([^"]+)"', top[: top.index("</div>")])
    assert len(anchors) >= 4
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in page] == []


def test_it_is_said_once(browser: Client) -> None:
    assert "Please correct the error" not in browser.post(ADD, filled(name="")).content.decode()


def test_a_form_without_a_mistake_has_no_such_list(browser: Client) -> None:
    page = browser.get(ADD).content.decode()
    assert ("data-wrong" in page, "wrong.js" in page) == (False, False)


def test_a_row_inside_a_page_says_which_one_it_is(browser: Client) -> None:
    form = {"name": "nights", "intervals-TOTAL_FORMS": 2, "intervals-INITIAL_FORMS": 0,
            "intervals-0-times": "22:00-24:00", "intervals-0-location": "UTC",
            "intervals-1-times": "late", "intervals-1-location": "UTC"}  # fmt: skip
    [one] = browser.post("/admin/routing/timewindow/add/", form).context["wrong"]
    assert (one.label, one.anchor) == ("Interval 2: Times", "id_intervals-1-times")


def test_what_a_mistake_repeats_is_escaped(browser: Client) -> None:
    page = browser.post(ADD, filled(server="<script>1</script>")).content.decode()
    assert "<script>1" not in page


def test_the_first_field_of_a_new_form_is_focused_unless_something_was_wrong(browser: Client) -> None:
    pages = [browser.get(ADD).content.decode(), browser.post(ADD, filled(name="")).content.decode()]
    assert ["routing/first.js" in page for page in pages] == [True, False]
    assert not any("admin/js/change_form.js" in page for page in pages)
