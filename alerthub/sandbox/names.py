"""By which names people may open the sandbox. Hooks and REST calls answer under any, as those of a server do.

A web site may let its own name point to this machine and so have a browser read what stands here (DNS rebinding). It
cannot do that with an address, with `localhost`, or with a name without a dot.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection


def may_open(host: str, names: Collection[str]) -> bool:
    """`host` is the header `Host`, empty if none was sent: no browser leaves it out. `names` are allowed besides."""
    host = host.strip().lower()
    if host.startswith("["):
        return _is_address(host[1:].partition("]")[0])
    name = host.rpartition(":")[0] if ":" in host else host
    name = name.rstrip(".")
    return "." not in name or name.endswith(".localhost") or name in names or _is_address(name)


def refusal(url: str) -> str:
    return (
        "This sandbox does not answer to that name: it might be that of another web site. "
        f"Open it as {url}/, or start it with --name NAME."
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
