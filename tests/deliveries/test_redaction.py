from __future__ import annotations

import time

import pytest

from deliveries import redaction

pytestmark = pytest.mark.anywhere

URL = "https://chat.example/hooks/65f0c0ffee65f0c0ffee/tokenTOKENtokenTOKENa1b2"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (URL, "https://chat.example/…a1b2"),
        (URL + "/", "https://chat.example/…a1b2"),
        ("http://chat.example:3000/chat/hooks/x/0123456789", "http://chat.example:3000/…6789"),
        ("https://[2001:db8::1]:8443/hooks/x/0123456789", "https://[2001:db8::1]:8443/…6789"),
        ("https://name:pass@chat.example/hooks/x/0123456789", "https://chat.example/…6789"),
        ("https://chat.example/hooks/x/short", "https://chat.example/…"),
        ("no address", "…"),
        ("https://[broken/hooks/x/0123456789", "…"),
        ("https://chat.example:port/hooks/x/0123456789", "…"),
        ("", "…"),
    ],
)
def test_of_an_address_only_its_origin_and_end_are_shown(url: str, shown: str) -> None:
    assert redaction.redact_url(url) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Cannot POST /hooks/65f0c0ffee65f0c0ffee/tokenTOKENtokenTOKENa1b2",
        "bad token tokenTOKENtokenTOKENa1b2!",
        "BAD TOKEN TOKENTOKENTOKENTOKENA1B2",
        "\\/hooks\\/65f0c0ffee65f0c0ffee\\/tokenTOKENtokenTOKENa1b2",
        "%2Fhooks%2F65f0c0ffee65f0c0ffee%2FtokenTOKENtokenTOKENa1b2",
    ],
)
def test_no_piece_of_the_path_survives(text: str) -> None:
    cleaned = redaction.clean(text, redaction.secrets_of(URL), 4096).lower()
    assert "tokentoken" not in cleaned
    assert "c0ffee" not in cleaned


def test_a_percent_encoded_token_is_found_in_both_spellings() -> None:
    secrets = redaction.secrets_of("https://chat.example/hooks/id01/ab%2Fcd%2Bef%3D")
    assert redaction.clean("ab/cd+ef= ab%2Fcd%2Bef%3D", secrets, 100) == "… …"


def test_a_login_in_the_address_is_hidden_too() -> None:
    secrets = redaction.secrets_of("https://robot:sesame@chat.example/hooks/a/b")
    assert redaction.clean("robot sesame", secrets, 100) == "… …"


def test_an_address_that_cannot_be_read_is_hidden_whole() -> None:
    assert redaction.clean("at https://[x/y", redaction.secrets_of("https://[x/y"), 100) == "at …"


@pytest.mark.parametrize("url", ["https://chat.example/", "", "x"])
def test_an_address_without_secrets_hides_nothing(url: str) -> None:
    assert redaction.secrets_of(url) is None


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b", "a\\u0000b"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\ud800", "\\ud800"),
        ("\u202egnp", "\\u202egnp"),
        ("line\n\ttab", "line\n\ttab"),
    ],
)
def test_control_characters_are_shown_not_obeyed(text: str, cleaned: str) -> None:
    assert redaction.clean(text, None, 100) == cleaned


@pytest.mark.parametrize("text", ["x" * 5000, "é" * 5000, "🔥" * 5000])
def test_a_long_text_is_cut_by_bytes_and_says_so(text: str) -> None:
    cleaned = redaction.clean(text, None, 4096)
    assert 4090 <= len(cleaned.encode()) <= 4096
    assert cleaned.endswith("…")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 64_000,
        "token" * 12_800,
        "secret_" * 9_000,
        "://" * 21_000,
        "a:" * 32_000,
        "Bearer " * 9_000,
        "ahi_" * 16_000,
    ],
)
def test_no_text_takes_long_to_redact(text: str) -> None:
    began = time.process_time()
    redaction.redact(text)
    assert time.process_time() - began < 1
