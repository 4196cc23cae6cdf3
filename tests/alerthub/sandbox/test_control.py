"""The sandbox's own API: reading what was stored, making hooks, switching faults, starting over; and its page."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from alerthub.sandbox import Sandbox
from tests.alerthub.chat import Answered, get, post, send

pytestmark = pytest.mark.anywhere
ROOM = "#ops"


def read(sandbox: Sandbox, path: str) -> Any:
    return get(f"{sandbox.url}/sandbox/{path}").json


def write(sandbox: Sandbox, path: str, payload: dict[str, Any]) -> Answered:
    return post(f"{sandbox.url}/sandbox/{path}", payload)


def test_messages_are_told_with_time_and_payload(sandbox: Sandbox) -> None:
    post(sandbox.hook(ROOM).url, {"text": "x"})
    (shown,) = read(sandbox, "messages?room=%23ops")["messages"]
    assert (shown["message"]["msg"], shown["payload"], shown["room"]) == ("x", '{"text": "x"}', ROOM)
    assert shown["received_at"] > 0


def test_only_what_is_newer_is_told_when_asked(sandbox: Sandbox) -> None:
    hook = sandbox.hook(ROOM)
    post(hook.url, {"text": "old"})
    last = read(sandbox, "messages")["last"]
    post(hook.url, {"text": "new"})
    shown = read(sandbox, f"messages?since={last}")["messages"]
    assert [each["message"]["msg"] for each in shown] == ["new"]


def test_an_edited_message_is_told_again(sandbox: Sandbox) -> None:
    post(sandbox.hook(ROOM).url, {"text": "x"})
    last = read(sandbox, "messages")["last"]
    sandbox.state.edit(sandbox.messages(ROOM)[0], {"msg": "y"})
    assert [each["message"]["msg"] for each in read(sandbox, f"messages?since={last}")["messages"]] == ["y"]


def test_a_waiting_reader_is_answered_when_a_message_comes(sandbox: Sandbox) -> None:
    life = read(sandbox, "messages")["life"]
    hook = sandbox.hook(ROOM)
    threading.Timer(0.05, lambda: post(hook.url, {"text": "x"})).start()
    shown = read(sandbox, f"messages?since=0&life={life}&wait=4")["messages"]
    assert [each["message"]["msg"] for each in shown] == ["x"]


def test_a_reader_of_an_earlier_life_does_not_wait(sandbox: Sandbox) -> None:
    assert read(sandbox, "messages?since=99&life=before&wait=4")["messages"] == []


def test_a_hook_made_here_posts(sandbox: Sandbox) -> None:
    made = write(sandbox, "hooks", {"room": ROOM, "rate_limit": "1/60"}).json
    assert [post(made["url"], {"text": "x"}).status for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"room": "ops"},
        {"room": ROOM, "colour": "red"},
        {"room": ROOM, "script": "rm"},
        {"room": ROOM, "rate_limit": "x"},
    ],
)
def test_a_hook_that_cannot_be_is_refused(sandbox: Sandbox, payload: dict[str, Any]) -> None:
    assert write(sandbox, "hooks", payload).status == 400


def test_faults_are_switched_on_and_off(sandbox: Sandbox) -> None:
    hook = sandbox.default_hook("critical")
    write(sandbox, f"hooks/{hook.id}/faults", {"kind": "status", "status": 502})
    during = post(hook.url, {"text": "x"}).status
    send(f"{sandbox.url}/sandbox/hooks/{hook.id}/faults", method="DELETE")
    assert (during, post(hook.url, {"text": "x"}).status) == (502, 200)


@pytest.mark.parametrize("payload", [{"kind": "gremlins"}, {"kind": "hang", "colour": 1}, {}])
def test_a_fault_that_cannot_be_is_refused(sandbox: Sandbox, payload: dict[str, Any]) -> None:
    assert write(sandbox, "hooks/sandbox-info/faults", payload).status == 400


def test_the_log_tells_every_request(sandbox: Sandbox) -> None:
    hook = sandbox.default_hook("info")
    post(hook.url, {"text": "x"})
    (entry,) = read(sandbox, f"hooks/{hook.id}/log")["log"]
    assert (entry["status"], entry["stored"], entry["body"]) == (200, 1, '{"text": "x"}')


def test_a_request_with_a_wrong_token_is_in_the_log_of_strays(sandbox: Sandbox) -> None:
    post(f"{sandbox.url}/hooks/a/b", {})
    assert [entry["status"] for entry in read(sandbox, "hooks/strays/log")["log"]] == [500]


def test_eras_are_switched(sandbox: Sandbox) -> None:
    write(sandbox, "eras", {"token_error": "404json"})
    assert post(f"{sandbox.url}/hooks/a/b", {}).status == 404


@pytest.mark.parametrize("payload", [{"token_error": "shrug"}, {"max_size": -1}, {"fields_strict": 1}, {"year": 1999}])
def test_an_era_that_never_was_is_refused(sandbox: Sandbox, payload: dict[str, Any]) -> None:
    assert write(sandbox, "eras", payload).status == 400


def test_a_reset_forgets_messages_faults_and_logs_but_not_hooks(sandbox: Sandbox) -> None:
    hook = sandbox.default_hook("info")
    post(hook.url, {"text": "x"})
    hook.fail("disabled")
    write(sandbox, "reset", {})
    assert (sandbox.messages(), sandbox.requests(hook)) == ([], [])
    assert post(hook.url, {"text": "x"}).status == 200


def test_a_reset_is_a_new_life_for_the_page(sandbox: Sandbox) -> None:
    before = read(sandbox, "messages")["life"]
    write(sandbox, "reset", {})
    assert read(sandbox, "messages")["life"] != before


def test_a_web_page_elsewhere_cannot_change_anything(sandbox: Sandbox) -> None:
    post(sandbox.default_hook("info").url, {"text": "x"})
    assert send(f"{sandbox.url}/sandbox/reset", b"{}", content_type="text/plain").status == 400
    assert len(sandbox.messages()) == 1


@pytest.mark.parametrize("path", ["nothing", "hooks/nobody/log"])
def test_an_unknown_page_is_a_404(sandbox: Sandbox, path: str) -> None:
    assert get(f"{sandbox.url}/sandbox/{path}").status == 404


def test_a_rooms_answer_is_an_error_on_request(sandbox: Sandbox) -> None:
    write(sandbox, "rooms", {"name": ROOM, "refusal": "error-not-allowed"})
    assert post(sandbox.hook(ROOM).url, {"text": "x"}).error == "error-not-allowed"


@pytest.mark.parametrize("path", ["/", "/page.css", "/page.js", "/messages.js", "/markdown.js", "/icon.svg"])
def test_the_page_runs_under_a_strict_policy(sandbox: Sandbox, path: str) -> None:
    answered = get(sandbox.url + path)
    assert answered.status == 200
    assert "default-src 'none'; script-src 'self'" in answered.headers["content-security-policy"]


def test_the_page_says_what_it_is(sandbox: Sandbox) -> None:
    assert b"a stand-in for Rocket.Chat. Messages live in memory." in get(sandbox.url).body


def test_the_page_loads_nothing_from_elsewhere(sandbox: Sandbox) -> None:
    files = [get(sandbox.url + path).body for path in ("/", "/page.css", "/page.js", "/messages.js", "/markdown.js")]
    assert not [file for file in files if b"innerHTML" in file or b'src="http' in file or b"url(" in file]


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:1",
        "127.0.0.1:8094",
        "[::1]:8094",
        "10.1.2.3",
        "sandbox:8094",
        "a.localhost",
        "chat.corp.example",
        "Chat.Corp.Example.:80",
    ],
)
@pytest.mark.parametrize("path", ["/sandbox/messages", "/"])
def test_people_open_it_by_an_address_or_a_local_name(host: str, path: str) -> None:
    with Sandbox(names=["chat.corp.example"]) as sandbox:
        assert get(f"{sandbox.url}{path}", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8094",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "[evil.example]",
        "1.2.3",
        "127.0.0.1:80:evil.example",
        "chat.corp.example.evil.example",
    ],
)
@pytest.mark.parametrize("path", ["/sandbox/messages", "/sandbox/hooks", "/", "/page.js"])
def test_a_web_site_that_points_to_this_machine_reads_nothing(host: str, path: str) -> None:
    with Sandbox(names=["chat.corp.example"]) as sandbox:
        answer = get(f"{sandbox.url}{path}", headers={"Host": host})
        assert (answer.status, sandbox.url.encode() in answer.body, b"hooks" in answer.body) == (403, True, False)


def test_a_web_site_that_points_to_this_machine_changes_nothing(sandbox: Sandbox) -> None:
    post(sandbox.hook(ROOM).url, {"text": "x"})
    assert post(f"{sandbox.url}/sandbox/reset", {}, headers={"Host": "evil.example"}).status == 403
    assert len(sandbox.messages(ROOM)) == 1


def test_hooks_answer_under_any_name_as_a_server_does(sandbox: Sandbox) -> None:
    assert post(sandbox.hook(ROOM).url, {"text": "x"}, headers={"Host": "chat.example"}).status == 200
