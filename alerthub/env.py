"""Typed readers for the environment: a wrong value stops the start with a sentence, it is never guessed.

`.env` in the project folder is read once, first; what the real environment says wins. Every text may also come
from a file named by `NAME_FILE` (a Docker secret).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off", ""}


def parse_dotenv(text: str) -> Iterator[tuple[str, str]]:
    """Yield (name, value) for each assignment; quotes are taken off, `#` starts a comment only after a space."""
    for line in text.splitlines():
        found = _LINE.match(line)
        if not found:
            continue
        name, value = found.groups()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        else:
            value = re.split(r"(?:^|\s)#", value, maxsplit=1)[0].rstrip()
        yield name, value


def load_dotenv(path: Path) -> None:
    """Put the file's values into the environment where it does not have them yet."""
    if path.is_file():
        for name, value in parse_dotenv(path.read_text(encoding="utf-8")):
            os.environ.setdefault(name, value)


def text(name: str, default: str = "") -> str:
    """The value of `name`, or the content of the file that `NAME_FILE` points to (its last newline cut)."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE points to a file that cannot be read: {error.strerror}") from None
    # An empty variable (compose passes `NAME=` for what is not set) means "not set".
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    value = text(name, "yes" if default else "no").lower()
    if value in _YES:
        return True
    if value in _NO:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}")


def number(name: str, default: int, *, least: int = 0) -> int:
    value = text(name, str(default))
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None
    if result < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {result}")
    return result


def address(name: str) -> str:
    """An http(s) address, which may hold a secret: what is wrong with it is said without it. Empty if it is not set."""
    value = text(name)
    try:
        parts = urlsplit(value)
        host = parts.hostname if parts.scheme in ("http", "https") and parts.port != 0 else None
    except ValueError:
        host = None
    if value and (not host or parts.username or parts.password or not value.isascii() or not value.isprintable()):
        raise ImproperlyConfigured(f"{name} must read https://HOST/PATH, without user and password")
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def networks(name: str, *, besides: str) -> list[IPv4Network | IPv6Network | str]:
    """A comma separated list of networks or single addresses; the word `besides` may stand among them."""
    found: list[IPv4Network | IPv6Network | str] = []
    for word in words(name):
        try:
            found.append(besides if word.lower() == besides else ip_network(word))
        except ValueError:
            hint = f"{name} must name networks such as 10.0.0.0/8, addresses such as 127.0.0.1, or {besides}"
            raise ImproperlyConfigured(f"{hint}; {word!r} is none of these.") from None
    return found


def seconds_each(name: str, default: str, *, least: int) -> dict[str, int]:
    """`word=seconds, ...`: what is not named keeps its default; `other` stands for every other word."""
    found: dict[str, int] = {}
    for entry in [*words("", default), *words(name)]:
        word, _, seconds = entry.partition("=")
        if not word.strip() or not seconds.strip().isdecimal() or int(seconds) < least:
            raise ImproperlyConfigured(f"{name} must read like {default}, each at least {least}; {entry!r} does not.")
        found[word.strip().casefold()] = int(seconds)
    return found


def rate(name: str, default: str) -> tuple[int, int]:
    """`calls/seconds`, for example `10/60`; `0` means no limit and gives (0, 60)."""
    value = text(name, default)
    found = re.fullmatch(r"(\d+)(?:\s*/\s*(\d+))?", value)
    if not found:
        raise ImproperlyConfigured(f"{name} must read CALLS/SECONDS such as 10/60, or 0 for no limit, not {value!r}")
    calls, seconds = int(found[1]), int(found[2] or 60)
    if calls and not seconds:
        raise ImproperlyConfigured(f"{name}: the seconds after the slash must be 1 or more")
    return calls, seconds or 60
