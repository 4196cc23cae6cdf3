"""The names of AlertHub's cookies, so that no other program on the same host overwrites them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_USUAL_PORT = 8093


def name(word: str, public_url: str) -> str:
    """`alerthub_session` and its like. Browsers tell cookies by host and not by port: what is unusual about port and path
    becomes part of the name, so that two AlertHubs on one host do not log each other's people out."""
    parts = urlsplit(public_url)
    unusual = (str(parts.port) if parts.port not in (None, _USUAL_PORT) else "", *parts.path.split("/"))
    return "_".join(["alerthub", word, *filter(None, (re.sub(r"\W", "", part, flags=re.ASCII) for part in unusual))])
