"""Text as it comes: encodings, unreadable bytes, and what a database cannot store."""

from __future__ import annotations

import json

import pytest

from deliveries.alertmanager import read
from tests.deliveries.alertmanager.bodies import BODY, alert, sent


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [("utf-8", b"\xef\xbb\xbf"), ("utf-16", b""), ("utf-16-le", b""), ("utf-16-be", b""), ("utf-32", b"")],
)
def test_other_encodings_of_unicode_are_read(encoding: str, bom: bytes) -> None:
    body = bom + json.dumps({**BODY, "receiver": "größe 🔥"}, ensure_ascii=False).encode(encoding)
    assert (read(body).receiver, read(body).flags) == ("größe 🔥", ())


def test_unreadable_bytes_are_replaced_and_flagged() -> None:
    payload = read(json.dumps(BODY).encode().replace(b"alerthub", b"alert\xffhub"))
    assert (payload.receiver, payload.flags) == ("alert\ufffdhub", ("invalid_utf8",))


def test_a_declared_western_encoding_is_used_when_utf8_fails() -> None:
    body = json.dumps({**BODY, "receiver": "größe"}, ensure_ascii=False).encode("latin-1")
    payload = read(body, "application/json; charset=ISO-8859-1")
    assert (payload.receiver, payload.flags) == ("größe", ())


@pytest.mark.parametrize("stray", ["\\u0000", "\\ud800", "\\udfff\\ud800"])
def test_what_a_database_cannot_store_is_replaced_and_flagged(stray: str) -> None:
    payload = read(json.dumps(BODY).replace("Disk is full", f"a{stray}b").encode())
    assert payload.alerts[0].annotations["summary"].replace("\ufffd", "") == "ab"
    assert payload.flags == ("text_repaired",)


def test_a_raw_nul_inside_a_text_is_replaced() -> None:
    assert read(json.dumps(BODY).replace("alerthub", "alert\0hub").encode()).receiver == "alert\ufffdhub"


def test_stray_code_points_in_label_names_are_replaced() -> None:
    assert alert(labels={"a\ud800": "1"}).labels == {"a\ufffd": "1"}


def test_an_escaped_emoji_is_not_a_stray() -> None:
    payload = sent(receiver="🔥")
    assert (payload.receiver, payload.flags) == ("🔥", ())
