"""Takes secrets out of text that is kept or shown. A webhook's address is one: its path is the credential."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

SHOWN = "…"
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Shorter pieces ("hooks", "api", "v1") are words of any address and hide nothing.
_SECRET_LENGTH = 10


def redact_url(url: str) -> str:
    """Scheme, host and the last 4 characters: "https://chat.example/…a1b2"."""
    origin = origin_of(url)
    if not origin:
        return SHOWN
    last = url.rstrip("/").rpartition("/")[2]
    return f"{origin}/{SHOWN}{last[-4:] if len(last) >= 8 else ''}"


def origin_of(url: str) -> str:
    """Scheme, host and port without credentials; "" if there is no host to be read."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host or not parts.scheme:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def secrets_of(url: str) -> re.Pattern[str] | None:
    """Matches each piece of the address that must not be shown; None if there is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return re.compile(re.escape(url), re.IGNORECASE) if url else None
    segments = [segment for segment in parts.path.split("/") if segment]
    # The id and the token are the last two, however short they are.
    hidden = {segment for segment in segments if len(segment) >= _SECRET_LENGTH}
    hidden |= {segment for segment in segments[-2:] if len(segment) >= 4}
    hidden |= {text for text in (parts.query, parts.password, parts.username) if text and len(text) >= 4}
    if len(parts.path) > 4:
        hidden.add(parts.path)
    return pattern(hidden | {unquote(text) for text in hidden})


def pattern(texts: Iterable[str]) -> re.Pattern[str] | None:
    """Matches each of these texts, letters large or small; None if there is none."""
    longest_first = sorted(filter(None, set(texts)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if longest_first else None


def clean(text: str, secrets: re.Pattern[str] | None, limit: int) -> str:
    """Text from outside, fit to be stored and shown: secrets out, control characters escaped, cut to `limit` bytes."""
    if secrets is not None:
        text = secrets.sub(SHOWN, text)
    text = _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    return encoded[: limit - len(SHOWN.encode())].decode(errors="ignore") + SHOWN


HIDDEN = "[hidden]"
_PATTERNS = (
    # The path of a Rocket.Chat hook is its credential.
    (re.compile(r"(/hooks/)[^\s\"'<>\\]+"), rf"\1{HIDDEN}"),
    (re.compile(r"\bah[iaw]_[A-Za-z0-9_-]{8,}"), HIDDEN),
    (re.compile(r"((?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), rf"\1{HIDDEN}"),
    # Bounded and begun by fixed words: this reads what strangers post, so it must never look twice at a long run.
    (re.compile(r"(://[^\s/:@\"]{0,200}:)[^\s/@\"]{1,500}(@)"), rf"\1{HIDDEN}\2"),
    (
        re.compile(
            r"((?:password|passwd|secret|token|api_?key|authorization|credentials?)[\w-]{0,64}[\"']?\s{0,8}[:=]\s{0,8}[\"']?)"
            r"([^\s\"',;&}\[]{3,})",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)


def redact(text: str) -> str:
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
