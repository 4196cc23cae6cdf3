"""Addresses that a message may lead to: http(s) ones that parse, written so that they break nothing around them."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from deliveries.messages.memory import for_short_texts

MAX_URL = 2000  # longer ones would fill the message, and a cut one leads nowhere
_VISIBLE = re.compile(r"[^\x00-\x1f\x7f\\]+")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
# Rocket.Chat refuses the whole message for one bad address, and brackets or quotes would end a Markdown link.
_KEPT = "%/:?#&=+,;-._"
# At the end of an address and before a bracket, older servers take these for the sentence's.
_AT_THE_END = re.compile(r"[%:=,;.~]+\Z")
_EMPTY_VALUE = re.compile(r"([?&][^?&=]*)=\Z")


@for_short_texts
def address(url: str) -> str:
    """The address made safe to put in a message, or "" when it is not one to follow. Spaces in it become %20."""
    url = url.strip()
    if not url or len(url) > MAX_URL or not _VISIBLE.fullmatch(url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    # A user name before the host is a secret or a disguise.
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc):
        return ""
    rest = url[url.index("//") + 2 + len(parts.netloc) :]
    if parts.netloc.endswith(".") and not rest:
        rest = "/"
    safe_rest = _ended(quote(rest.encode("utf-8", "replace"), safe=_KEPT))
    found = f"{parts.scheme}://{parts.netloc}{safe_rest}"
    return found if len(found) <= MAX_URL else ""


def _ended(rest: str) -> str:
    """The same, with an end that no reader leaves out of the link."""
    rest = _EMPTY_VALUE.sub(r"\1", rest)
    return _AT_THE_END.sub(lambda found: "".join(f"%{ord(each):02X}" for each in found.group()), rest)
