"""What an incoming webhook answers, case by case, and what then is or is not in the room."""

from __future__ import annotations

from typing import Any

import pytest

from alerthub.sandbox import Sandbox, default_hook_urls
from tests.alerthub.chat import get, post, send

pytestmark = pytest.mark.anywhere

ROOM = "#ops"
OVERRIDING = "overriding destination channel is disabled for this integration"


def test_a_message_is_posted_and_no_id_is_told(sandbox: Sandbox) -> None:
    answered = post(sandbox.hook(ROOM).url, {"text": " disk full "})
    assert (answered.status, answered.json) == (200, {"success": True})
    assert [message.text for message in sandbox.messages(ROOM)] == ["disk full"]


def test_the_answer_has_the_routers_headers(sandbox: Sandbox) -> None:
    headers = post(sandbox.hook(ROOM).url, {"text": "x"}).headers
    assert headers["content-type"] == "application/json"
    assert (headers["cache-control"], headers["pragma"]) == ("no-store", "no-cache")


def test_a_default_hook_posts_to_its_room(sandbox: Sandbox) -> None:
    post(default_hook_urls(sandbox.url)["warning"], {"text": "slow"})
    assert [message.room for message in sandbox.messages()] == ["#alerts-warning"]


def test_default_addresses_are_those_of_the_sandboxs_hooks(sandbox: Sandbox) -> None:
    urls = {severity: sandbox.default_hook(severity).url for severity in ("critical", "warning", "info")}
    assert default_hook_urls(sandbox.url + "/") == urls


def test_the_address_may_name_a_user_in_the_middle(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM)
    assert post(f"{sandbox.url}/hooks/{hook.id}/whoever/{hook.token}", {"text": "x"}).status == 200


def test_a_token_with_a_slash_is_compared_decoded(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM, token="a/b+c=")
    assert post(f"{sandbox.url}/hooks/{hook.id}/a%2Fb%2Bc%3D", {"text": "x"}).status == 200


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"", "application/json"),
        (b"{broken", "application/json"),
        (b'{"text": NaN}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'["a list"]', "application/json"),
        (b"--x--", "multipart/form-data; boundary=x"),
        (b"", "text/plain"),
    ],
)
def test_success_with_nothing_posted(sandbox: Sandbox, body: bytes, content_type: str) -> None:
    answered = send(sandbox.hook(ROOM).url, body, content_type=content_type)
    assert (answered.status, answered.json) == (200, {"success": True})
    assert sandbox.messages(ROOM) == []


def test_a_get_answers_success_and_posts_nothing(sandbox: Sandbox) -> None:
    assert get(sandbox.hook(ROOM).url).json == {"success": True}
    assert sandbox.messages(ROOM) == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"alerts": [], "status": "firing"}', "application/json"),
        (b'{"text": "lost"}', "text/plain"),
        (b'{"text": "   "}', "application/json"),
        (b"a=1&b=2", "application/x-www-form-urlencoded"),
    ],
)
def test_success_with_an_empty_message_posted(sandbox: Sandbox, body: bytes, content_type: str) -> None:
    assert send(sandbox.hook(ROOM).url, body, content_type=content_type).json == {"success": True}
    assert [message.is_empty for message in sandbox.messages(ROOM)] == [True]


@pytest.mark.parametrize("body", [b"payload=%7B%22text%22%3A%22slack%22%7D", b'{"text": "slack"}'])
def test_a_form_may_carry_the_json(sandbox: Sandbox, body: bytes) -> None:
    send(sandbox.hook(ROOM).url, body, content_type="application/x-www-form-urlencoded; charset=utf-8")
    assert [message.text for message in sandbox.messages(ROOM)] == ["slack"]


def test_broken_json_in_a_form_is_refused(sandbox: Sandbox) -> None:
    answered = send(sandbox.hook(ROOM).url, b"payload=%7B", content_type="application/x-www-form-urlencoded")
    assert (answered.status, answered.json["success"]) == (400, False)


def test_an_old_release_refuses_broken_json_in_plain_text(sandbox: Sandbox) -> None:
    sandbox.switch(malformed_json="400")
    answered = send(sandbox.hook(ROOM).url, b"{broken")
    assert (answered.status, answered.body) == (400, b"Bad Request")


def test_an_unknown_token_is_a_plain_500_today(sandbox: Sandbox) -> None:
    answered = post(sandbox.hook(ROOM).url + "x", {"text": "x"})
    assert (answered.status, answered.body) == (500, b"Internal Server Error")
    assert answered.headers["content-type"].startswith("text/plain")


def test_an_unknown_token_was_a_404_before(sandbox: Sandbox) -> None:
    sandbox.switch(token_error="404json")
    answered = post(sandbox.hook(ROOM).url + "x", {"text": "x"})
    assert (answered.status, answered.error) == (404, "Invalid integration id or token provided.")


def test_an_unknown_token_may_hang(sandbox: Sandbox) -> None:
    sandbox.switch(token_error="hang")
    with pytest.raises(TimeoutError):
        post(sandbox.hook(ROOM).url + "x", {"text": "x"}, timeout=0.2)


@pytest.mark.parametrize("path", ["/hooks/one", "/hooks/1/2/3/4/5", "/nowhere"])
def test_an_unknown_address_is_a_404(sandbox: Sandbox, path: str) -> None:
    assert post(sandbox.url + path, {}).status == 404


def test_another_method_is_a_404(sandbox: Sandbox) -> None:
    assert send(sandbox.hook(ROOM).url, b"{}", method="PUT").status == 404


def test_the_info_probe_posts_nothing(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM, script="echo")
    assert get(f"{sandbox.url}/hooks/info/{hook.id}/any/{hook.token}").json == {"success": True}
    assert sandbox.messages(ROOM) == []


@pytest.mark.parametrize(
    ("options", "payload", "status", "error"),
    [
        ({"enabled": False}, {"text": "x"}, 503, "Service Unavailable"),
        ({"user": None}, {"text": "x"}, 401, "You must be logged in to do this."),
        ({}, {"text": "x", "channel": "#other"}, 400, OVERRIDING),
        ({}, {"text": "x", "roomId": []}, 400, OVERRIDING),
        ({"override": True}, {"text": "x", "channel": "#nowhere"}, 400, "invalid-channel"),
        ({"override": True}, {"text": "x", "channel": "#ops,#alerts-info"}, 400, "invalid-channel"),
        ({"override": True}, {"text": "x", "channel": []}, 400, "unknown-error"),
        ({"script": "throw"}, {"text": "x"}, 400, "error-running-script"),
        ({"may_impersonate": False}, {"text": "x", "alias": "A"}, 400, "Not enough permission"),
        ({"may_impersonate": False, "avatar": "/a.png"}, {"text": "x"}, 400, "Not enough permission"),
        ({}, {"text": "@all wake up"}, 400, "error-action-not-allowed"),
        ({}, {"text": "x" * 5001}, 400, "error-message-size-exceeded"),
    ],
)
def test_a_refused_message_says_why_and_is_not_posted(
    sandbox: Sandbox, options: dict[str, Any], payload: dict[str, Any], status: int, error: str
) -> None:
    answered = post(sandbox.hook(ROOM, **options).url, payload)
    assert (answered.status, answered.json) == (status, {"success": False, "error": error})
    assert sandbox.messages() == []


@pytest.mark.parametrize("refusal", ["error-not-allowed", "room_is_blocked", "You_have_been_muted"])
def test_a_room_may_refuse_the_bot(sandbox: Sandbox, refusal: str) -> None:
    sandbox.room(ROOM, refusal)
    assert post(sandbox.hook(ROOM).url, {"text": "x"}).error == refusal


def test_a_user_who_may_mention_all_does(sandbox: Sandbox) -> None:
    assert post(sandbox.hook(ROOM, may_mention_all=True).url, {"text": "@all"}).status == 200


@pytest.mark.parametrize("given", ["#alerts-info", "alerts-info", ["#alerts-info", "#alerts-info"]])
def test_an_allowed_override_changes_the_room(sandbox: Sandbox, given: Any) -> None:
    post(sandbox.hook(ROOM, override=True).url, {"text": "x", "channel": given})
    assert [message.room for message in sandbox.messages()] == ["#alerts-info"]


def test_one_bad_room_keeps_the_message_out_of_the_good_one(sandbox: Sandbox) -> None:
    answered = post(sandbox.hook(ROOM, override=True).url, {"text": "x", "channel": [ROOM, "#nowhere"]})
    assert answered.status == 400
    assert sandbox.messages(ROOM) == []


def test_a_separate_response_names_the_message(sandbox: Sandbox) -> None:
    answered = post(sandbox.hook(ROOM).url, {"text": "x", "separateResponse": True})
    (stored,) = sandbox.messages(ROOM)
    assert answered.json == {
        "responses": [{"channel": ROOM, "message": stored.document}],
        "success": True,
    }


def test_a_separate_response_names_the_room_that_failed(sandbox: Sandbox) -> None:
    payload = {"text": "x", "channel": ["#nowhere", ROOM], "separateResponse": True}
    answered = post(sandbox.hook(ROOM, override=True).url, payload)
    assert answered.status == 200
    assert answered.json["responses"][0] == {"channel": "#nowhere", "error": "invalid-channel"}


def test_a_separate_response_fails_only_when_every_room_did(sandbox: Sandbox) -> None:
    payload = {"text": "x", "channel": ["#nowhere"], "separateResponse": True}
    answered = post(sandbox.hook(ROOM, override=True).url, payload)
    assert (answered.status, answered.json["success"]) == (400, False)


def test_an_old_release_knows_no_separate_response(sandbox: Sandbox) -> None:
    sandbox.switch(separate_response=False)
    assert post(sandbox.hook(ROOM).url, {"text": "x", "separateResponse": True}).json == {"success": True}


def test_a_script_that_returns_nothing_posts_nothing(sandbox: Sandbox) -> None:
    answered = post(sandbox.hook(ROOM, script="returns-nothing").url, {"text": "x"})
    assert answered.json == {"success": True}
    assert sandbox.messages(ROOM) == []


def test_an_empty_body_to_a_scripted_hook_posts_an_empty_message(sandbox: Sandbox) -> None:
    post(sandbox.hook(ROOM, script="echo").url, {})
    assert [message.is_empty for message in sandbox.messages(ROOM)] == [True]


def test_what_was_sent_is_kept_as_it_came(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM)
    send(hook.url, b'{ "text":"x" }')
    assert sandbox.messages(ROOM)[0].payload == b'{ "text":"x" }'
    assert sandbox.requests(hook)[0].body == b'{ "text":"x" }'


def test_the_journal_says_what_was_answered_and_stored(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM)
    post(hook.url, {"text": "x"})
    post(hook.url, {"text": "@here"})
    assert [(each.status, each.stored) for each in sandbox.requests(hook)] == [(200, 1), (400, 0)]


def test_a_token_is_not_in_a_hooks_repr(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM)
    assert hook.token not in repr(hook)
