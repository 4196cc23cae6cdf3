"""Addresses that are allowed and yet worth a warning."""

from __future__ import annotations

import pytest

from routing.inputs import risky


@pytest.mark.parametrize(
    ("url", "is_plain"),
    [
        ("http://chat.example.com/hooks/1/2", True),
        ("http://10.0.0.7:3000", True),
        ("http://rocketchat:3000/hooks/1/2", True),
        ("https://chat.example.com/hooks/1/2", False),
        ("http://localhost:3000/hooks/1/2", False),
        ("http://127.0.0.1/hooks/1/2", False),
        ("http://[::1]/hooks/1/2", False),
        ("", False),
    ],
)
def test_what_crosses_a_network_in_the_clear_is_plain(url: str, is_plain: bool) -> None:
    assert risky.is_plain(url) is is_plain


@pytest.mark.parametrize(
    ("url", "lacks"),
    [
        ("https://chat.example/hooks/65f0c0ffee", True),
        ("https://chat.example/hooks/65f0c0ffee/", True),
        ("https://chat.example/hooks", True),
        ("https://chat.example/chat/hooks/65f0c0ffee", True),
        ("https://chat.example/hooks/65f0c0ffee/tOken", False),
        ("https://chat.example/chat/hooks/65f0c0ffee/tOken", False),
        ("https://chat.example/hooks/65f0c0ffee%2FtOken", False),
        ("https://proxy.example/rooms/night", False),
    ],
)
def test_a_hook_that_ends_with_its_id_lacks_the_token(url: str, lacks: bool) -> None:
    assert risky.lacks_token(url) is lacks


def test_one_address_may_have_both() -> None:
    assert risky.of_webhook("http://chat.example/hooks/1") == [risky.PLAIN, risky.TOKENLESS]
