"""Whether an address leads anywhere from another machine. Pure."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_of_this_machine(url: str) -> bool:
    """Whether its host is the machine itself, whichever that is: localhost or an address of the loopback."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
