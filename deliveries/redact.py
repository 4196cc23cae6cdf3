"""Takes secrets out of text that is kept or shown: hook addresses, tokens, credentials. Pure."""

from __future__ import annotations

import re

HIDDEN = "[hidden]"
_PATTERNS = (
    # The path of a Rocket.Chat hook is its credential.
    (re.compile(r"(/hooks/)[^\s\"'<>\\]+"), rf"\1{HIDDEN}"),
    (re.compile(r"\bah[ia]_[A-Za-z0-9_-]{8,}"), HIDDEN),
    (re.compile(r"((?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"(\w+://[^\s/:@\"]+:)[^\s/@\"]+(@)"), rf"\1{HIDDEN}\2"),
    (
        re.compile(
            r"([\"']?[\w-]*(?:password|passwd|secret|token|api_?key|authorization|credentials?)[\w-]*[\"']?\s*[:=]\s*[\"']?)"
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
