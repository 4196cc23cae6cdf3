"""What of an address is allowed and yet worth a warning, in sentences. Pure."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from routing.inputs import local

PLAIN = (
    "Not encrypted: its address begins with http://, so messages, and the secret they are sent with, can be read on their "
    "way, and whoever reads them can post in the room. Use https:// if Rocket.Chat has it."
)
TOKENLESS = (
    "The webhook address ends before its token: Rocket.Chat's have the form https://HOST/hooks/ID/TOKEN. Without the token "
    "Rocket.Chat refuses it, or whoever knows the id can post in the room. Copy the whole address, and send a test message."
)


def is_plain(url: str) -> bool:
    """Whether it leads over a network unencrypted; what stays on this machine does not."""
    return url.startswith("http://") and not local.is_of_this_machine(url)


def lacks_token(url: str) -> bool:
    """Whether it is an incoming webhook of Rocket.Chat's that ends with the id. Some have %2F between both."""
    parts = [part for part in unquote(urlsplit(url).path).split("/") if part]
    return "hooks" in parts and len(parts) - parts.index("hooks") - 1 < 2


def of_webhook(url: str) -> list[str]:
    return [*([PLAIN] if is_plain(url) else []), *([TOKENLESS] if lacks_token(url) else [])]
