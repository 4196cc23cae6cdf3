"""Under which path of its host AlertHub stands: at its root, or where ALERTHUB_PUBLIC_URL says."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_SEGMENTS = re.compile(r"(/[\w.~-]+)*", re.ASCII)


def prefix(public_url: str, script_name: str = "") -> str:
    """ "/alerthub" of https://HOST/alerthub; "" at the root. `script_name`: what SCRIPT_NAME says, or nothing.

    Raises ValueError if the two differ, or if it is no plain path.
    """
    path = urlsplit(public_url).path.rstrip("/")
    if script_name.strip("/") and "/" + script_name.strip("/") != path:
        raise ValueError(
            f"SCRIPT_NAME is {script_name!r}, but ALERTHUB_PUBLIC_URL does not end with it: set ALERTHUB_PUBLIC_URL to "
            "https://HOST/PATH, and leave SCRIPT_NAME out."
        )
    if not _SEGMENTS.fullmatch(path):
        raise ValueError("The path of ALERTHUB_PUBLIC_URL may have letters, digits and . _ ~ - between its slashes.")
    return path


def below(path: str, prefix: str) -> str:
    """The path without the prefix. A proxy may have taken it off already; who comes past the proxy may leave it out."""
    if prefix:
        found = re.match("/+" + "/+".join(map(re.escape, prefix.strip("/").split("/"))) + "(?=/|$)", path)
        return (path[found.end() :] or "/") if found else path
    return path
