"""Which payloads make which message, and Rocket.Chat's words for those it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from alerthub.sandbox.drafts import Author, Limits, Refused, compose, utf16_length, wanted_rooms
from alerthub.sandbox.users import BOT

pytestmark = pytest.mark.anywhere

BOT_AUTHOR = Author(BOT)
STRICT = Limits(5000, fields_strict=True)
LENIENT = Limits(0, fields_strict=False)
HREF = "Invalid href value provided"
FIELD = "Invalid attachment field, title and value is required"


def refusal(payload: dict[str, Any], limits: Limits = STRICT) -> str:
    with pytest.raises(Refused) as caught:
        compose(payload, BOT_AUTHOR, limits)
    return str(caught.value)


def with_attachment(**attachment: Any) -> dict[str, Any]:
    return {"text": "x", "attachments": [attachment]}


@pytest.mark.parametrize("value", ["", "#", "/path", "javascript:alert(1)", "HTTPS://a.example", "ftp://a.example"])
@pytest.mark.parametrize("name", ["title_link", "image_url", "thumb_url", "author_link", "message_link"])
def test_an_attachments_bad_address_refuses_the_whole_message(name: str, value: str) -> None:
    assert refusal(with_attachment(**{name: value})) == HREF


@pytest.mark.parametrize("value", ["http://a", "https://a.example/x", "data:image/png;base64,AA", None])
def test_an_attachments_good_address_is_taken(value: str | None) -> None:
    assert compose(with_attachment(title_link=value), BOT_AUTHOR, STRICT)["attachments"] == [{"title_link": value}]


def test_an_avatar_may_be_relative() -> None:
    assert compose({"avatar": "/avatar/x"}, BOT_AUTHOR, STRICT)["avatar"] == "/avatar/x"


def test_a_bad_avatar_is_refused() -> None:
    assert refusal({"text": "x", "avatar": "javascript:1"}) == HREF


@pytest.mark.parametrize(
    "field", [{"title": "t"}, {"value": "v"}, {"title": "", "value": "v"}, {"title": "t", "value": 0}]
)
def test_a_field_needs_a_truthy_title_and_value(field: dict[str, Any]) -> None:
    assert refusal(with_attachment(fields=[field])) == FIELD


def test_before_version_8_a_field_could_be_empty() -> None:
    field = {"title": "", "value": 0}
    assert compose(with_attachment(fields=[field]), BOT_AUTHOR, LENIENT)["attachments"] == [{"fields": [field]}]


def test_before_version_8_a_field_without_value_was_a_match_error() -> None:
    assert refusal(with_attachment(fields=[{"title": "t"}]), LENIENT) == "Match error: Missing key 'value'"


@pytest.mark.parametrize(
    "payload",
    [
        {"text": 5},
        {"text": ["x"]},
        {"text": "x", "alias": 5},
        {"text": "x", "emoji": True},
        {"text": "x", "tmid": {}},
        {"text": "x", "attachments": ["x"]},
        with_attachment(title=5),
        with_attachment(text=["x"]),
        with_attachment(title_link=5),
        with_attachment(color=0xFF0000),
        with_attachment(collapsed="yes"),
        with_attachment(fields={}),
        with_attachment(fields=["x"]),
        with_attachment(fields=[{"title": 1, "value": "v"}]),
        with_attachment(fields=[{"title": "t", "value": {"a": 1}}]),
        with_attachment(fields=[{"title": "t", "value": "v", "short": "yes"}]),
    ],
)
def test_a_wrong_type_is_a_match_error(payload: dict[str, Any]) -> None:
    assert refusal(payload).startswith("Match error: ")


def test_null_is_never_a_wrong_type() -> None:
    attachment = {"title": None, "text": None, "title_link": None, "fields": None, "collapsed": None}
    assert compose(with_attachment(**attachment), BOT_AUTHOR, STRICT)["attachments"] == [attachment]


def test_attachments_that_are_no_list_are_dropped() -> None:
    assert compose({"text": "x", "attachments": {"a": 1}}, BOT_AUTHOR, STRICT)["attachments"] == []


def test_an_attachments_msg_becomes_its_text() -> None:
    assert compose(with_attachment(msg="m"), BOT_AUTHOR, STRICT)["attachments"] == [{"text": "m"}]


@pytest.mark.parametrize(
    ("payload", "name", "value"),
    [
        ({"text": "a", "msg": "b"}, "msg", "a"),
        ({"msg": " b "}, "msg", "b"),
        ({"username": "a", "alias": "b"}, "alias", "a"),
        ({"icon_url": "https://a", "avatar": "https://b"}, "avatar", "https://a"),
        ({"icon_emoji": ":a:", "emoji": ":b:"}, "emoji", ":a:"),
        ({"text": "x"}, "parseUrls", True),
        ({"text": "x", "attachments": []}, "parseUrls", False),
        ({"text": "x", "tmid": "abc"}, "tmid", "abc"),
    ],
)
def test_the_first_of_two_names_wins(payload: dict[str, Any], name: str, value: Any) -> None:
    assert compose(payload, BOT_AUTHOR, STRICT)[name] == value


def test_an_avatar_drives_the_emoji_out() -> None:
    assert "emoji" not in compose({"avatar": "https://a", "emoji": ":a:"}, BOT_AUTHOR, STRICT)


@pytest.mark.parametrize("name", ["blocks", "tshow", "actions", "link_names", "mrkdwn"])
def test_what_hooks_do_not_know_is_left_out(name: str) -> None:
    assert name not in compose({"text": "x", name: True}, BOT_AUTHOR, STRICT)


def test_the_integrations_looks_fill_the_gaps() -> None:
    author = Author(BOT, alias="Alerts", emoji=":bell:", bot="i1")
    message = compose({"text": "x"}, author, STRICT)
    assert (message["alias"], message["emoji"], message["bot"]) == ("Alerts", ":bell:", {"i": "i1"})


@pytest.mark.parametrize(("text", "length"), [("abc", 3), ("é", 1), ("🚨", 2), ("\ud800", 1)])
def test_length_is_counted_as_javascript_does(text: str, length: int) -> None:
    assert utf16_length(text) == length


def test_a_text_of_exactly_the_limit_passes() -> None:
    assert len(compose({"text": "🚨" * 2500 + "  "}, BOT_AUTHOR, STRICT)["msg"]) == 2500


def test_a_text_one_over_the_limit_is_refused() -> None:
    assert refusal({"text": "🚨" * 2500 + "x"}) == "error-message-size-exceeded"


def test_an_attachments_text_is_not_measured() -> None:
    assert compose(with_attachment(text="x" * 9000), BOT_AUTHOR, STRICT)["attachments"]


@pytest.mark.parametrize("text", ["@all", "disk full @here now", "(@all)", "@here!"])
def test_a_bot_may_not_mention_everybody(text: str) -> None:
    assert refusal({"text": text}) == "error-action-not-allowed"


@pytest.mark.parametrize("text", ["@allison", "mail@all", "@\u2060all", "@here-we-go"])
def test_what_only_looks_like_a_mention_passes(text: str) -> None:
    assert compose({"text": text}, BOT_AUTHOR, STRICT)["msg"] == text


@pytest.mark.parametrize(
    ("payload", "rooms"),
    [
        ({}, ["#a"]),
        ({"channel": "#b,#c"}, ["#b,#c"]),
        ({"channel": ["#b", "#b", "#c"]}, ["#b", "#c"]),
        ({"channel": "#b", "roomId": "r"}, ["#b"]),
        ({"channel": []}, []),
        ({"channel": ""}, ["#a"]),
    ],
)
def test_rooms_are_taken_as_given_each_once(payload: dict[str, Any], rooms: list[str]) -> None:
    assert wanted_rooms(payload, ["#a"]) == rooms
