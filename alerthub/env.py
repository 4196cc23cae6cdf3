"""Typed readers for the environment: a wrong value stops the start with a sentence, it is never guessed.

`.env` in the project folder is read once, first; what the real environment says wins. Every text may also come
from a file named by `NAME_FILE` (a Docker secret).
"""

from __future__ import annotations

import io
import os
import re
import zoneinfo
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import dotenv
from django.core.exceptions import ImproperlyConfigured
from dotenv.parser import parse_stream

from alerthub import bound
from routing.inputs import bounds

Network = IPv4Network | IPv6Network
_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off", ""}
_YEAR = 31_536_000  # seconds
_NUMBER = re.compile(r"[0-9]{1,18}")
_NAME = r"\w(?:[\w.-]*\w)?\.?"
_HOST = re.compile(rf"{_NAME}|\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]+\]?")
# As browsers write it into Host.
_HOST_PATTERN = re.compile(rf"\*|\.?{_NAME}|\[[0-9A-Fa-f:.]+\]")
_ORIGIN = re.compile(r"https?://(?:\*\.)?(?:\w(?:[\w.-]*\w)?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_TOKEN = re.compile(r"[!-~]+")
_ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def or_exit() -> Iterator[None]:
    """Around what reads settings where a process begins: a wrong one ends it with its sentence and no traceback."""
    try:
        yield
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None


def load() -> None:
    """Read ALERTHUB_ENV_FILE, or `.env` in the project's folder, where a process begins. Raises as `load_dotenv` does."""
    load_dotenv(Path(os.environ.get("ALERTHUB_ENV_FILE") or _ROOT / ".env"))


def load_dotenv(path: Path) -> None:
    """Put the file's values into the environment where it does not have them yet; it is read as compose reads it.

    Raises ImproperlyConfigured for a file that cannot be read.
    """
    if not path.is_file():
        return
    try:
        # Editors on Windows begin a file with a byte order mark: it is no part of the first name.
        written = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path.name} cannot be read as UTF-8 text: {error}") from None
    # The reader itself would leave such a line out, and say so in passing.
    odd = next((each.original.line for each in parse_stream(io.StringIO(written)) if each.error), None)
    if odd is not None:
        raise ImproperlyConfigured(f"{path.name}, line {odd}, does not read NAME=VALUE, or a quote in it is not closed")
    found = dotenv.dotenv_values(stream=io.StringIO(written))
    for name, value in found.items():
        os.environ.setdefault(name, value or "")


def text(name: str, default: str = "") -> str:
    """The value of `name`, or the content of the file that `NAME_FILE` points to (its last newline cut)."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            # Without the mark that editors on Windows begin a file with: it would be part of a password.
            return Path(path).read_text(encoding="utf-8-sig").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE points to a file that cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ImproperlyConfigured(f"{name}_FILE points to a file that is no UTF-8 text") from None
    # An empty variable (compose passes `NAME=` for what is not set) means "not set".
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    value = text(name, "yes" if default else "no").lower()
    if value in _YES:
        return True
    if value in _NO:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}")


def number(name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
    value = text(name, str(default))
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}") from None
    if result < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}, not {result}")
    if result > most:
        raise ImproperlyConfigured(f"{name} must be at most {most}, not {result}")
    return result


def choice(name: str, default: str, among: Collection[str]) -> str:
    """One of some words, in capitals."""
    value = text(name, default).upper()
    if value not in among:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(among)}, not {value!r}")
    return value


def time_zone(name: str, default: str) -> str:
    """A name of the IANA database."""
    value = text(name, default)
    if value not in zoneinfo.available_timezones():
        raise ImproperlyConfigured(f"{name} must name a time zone such as Europe/Berlin or UTC, not {value!r}")
    return value


def public_url(name: str, default: str) -> str:
    """Where people reach AlertHub, without a slash at its end: it begins links in messages."""
    value = text(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable or parts.query or parts.fragment or parts.username is not None or not value.isprintable():
        raise ImproperlyConfigured(f"{name} must read https://HOST or https://HOST/PATH, not {value!r}")
    return value


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


def token(name: str) -> str:
    """A secret that travels in a header: without spaces, and nothing but ASCII. What is wrong is said without it."""
    value = text(name)
    if value and not _TOKEN.fullmatch(value):
        raise ImproperlyConfigured(
            f"{name} must be letters, digits and signs without spaces: a token travels in a header"
        )
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def hosts(name: str, default: str = "", *, patterns: bool = False) -> list[str]:
    """A comma separated list of host names or addresses; with `patterns` also `*`, and `.example.com` for all below it.

    A whole address, or a port behind the name, would fit no host and is refused.
    """
    found = words(name, default)
    for word in found:
        if not (_HOST_PATTERN if patterns else _HOST).fullmatch(word):
            raise ImproperlyConfigured(
                f"{name} must name hosts such as alerthub.example.com, without https:// and without a port, not {word!r}"
            )
    return found


def origins(name: str, default: str = "") -> list[str]:
    """A comma separated list of `https://HOST`, with its port where it has one; `*.` may stand before the host."""
    found = [word.rstrip("/") for word in words(name, default)]
    for word in found:
        if not _ORIGIN.fullmatch(word):
            raise ImproperlyConfigured(f"{name} must name origins such as https://alerthub.example.com, not {word!r}")
    return found


def networks(name: str) -> list[Network]:
    """A comma separated list of networks or single addresses."""
    return [_network(name, word, "") for word in words(name)]


def networks_or(name: str, other: str) -> list[Network | str]:
    """The same, where the word `other` may stand among them."""
    return [other if word.lower() == other else _network(name, word, f", or {other}") for word in words(name)]


def _network(name: str, word: str, also: str) -> Network:
    try:
        return ip_network(word)
    except ValueError as error:
        hint = f"{name} must name networks such as 10.0.0.0/8 or addresses such as 127.0.0.1{also}"
        raise ImproperlyConfigured(f"{hint}; {word!r} is none of these: {error}") from None


def seconds_each(name: str, default: str, *, least: int, most: int = _YEAR) -> dict[str, int]:
    """`word=seconds, ...`: what is not named keeps its default; `other` stands for every other word."""
    found: dict[str, int] = {}
    for entry in [*words("", default), *words(name)]:
        word, _, seconds = entry.partition("=")
        if not word.strip() or not _NUMBER.fullmatch(seconds.strip()) or not least <= int(seconds) <= most:
            raise ImproperlyConfigured(
                f"{name} must read like {default}, each from {least} to {most}; {entry[:100]!r} does not."
            )
        found[word.strip().casefold()] = int(seconds)
    return found


def rate(name: str, default: str) -> tuple[int, int]:
    """`calls/seconds`, for example `10/60`, within the bounds of every rate limit; `0` means no limit and gives (0, 60)."""
    value = text(name, default)
    found = re.fullmatch(r"([0-9]{1,9})(?:\s*/\s*([0-9]{1,9}))?", value)
    if not found:
        raise ImproperlyConfigured(f"{name} must read CALLS/SECONDS such as 10/60, or 0 for no limit, not {value!r}")
    calls, seconds = int(found[1]), int(found[2] or 60)
    if calls and not seconds:
        raise ImproperlyConfigured(f"{name}: the seconds after the slash must be 1 or more")
    seconds = seconds or 60
    if calls not in bounds.RATE_CALLS or seconds not in bounds.RATE_SECONDS:
        raise ImproperlyConfigured(
            f"{name}: calls go {bounds.RATE_CALLS}, and the seconds after the slash {bounds.RATE_SECONDS}; for more calls "
            "give a shorter time"
        )
    return calls, seconds


def bind(name: str, port: int) -> str:
    """The address the web server binds, as gunicorn takes it; on this machine at `port` where nothing is set."""
    value = text(name) or f"127.0.0.1:{port}"
    try:
        bound.read(value, port)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must read HOST:PORT, [IPV6]:PORT or unix:PATH, not {value!r}") from None
    return value
