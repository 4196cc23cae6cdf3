"""Who is at the other end of a request, seen through the proxies that are trusted."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

UNIX_SOCKET = "unix"
"""Stands among the trusted networks for whoever connects by a Unix socket."""

Trusted = Collection[IPv4Network | IPv6Network | str]


def client_address(request: HttpRequest) -> str:
    """The client's address without a port; "" if it came by a Unix socket and no trusted proxy says more.

    What a client writes into X-Forwarded-For itself is never believed: see `behind`.
    """
    meta = request.META
    return behind(meta.get("REMOTE_ADDR") or "", meta.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)


def behind(peer: str, forwarded: str, trusted: Trusted) -> str:
    """The nearest address that is no trusted proxy, going from the connection's peer to the left of `forwarded`.

    Each proxy adds, on the right, the address it was called from. So an entry is believed only if the one who wrote it,
    the entry right of it or the peer, is trusted. What is no address ends the walk, and all being trusted as well.
    """
    nearest = peer
    for entry in reversed(forwarded.split(",")):
        if not is_trusted(nearest, trusted):
            break
        address = _address(entry)
        if address is None:
            break
        nearest = str(address)
    return nearest


def is_trusted(text: str, trusted: Trusted) -> bool:
    """Whether this address is one of these; "" is whoever comes by a Unix socket."""
    address = _address(text)
    if address is None:
        return not text and UNIX_SOCKET in trusted
    return any(not isinstance(network, str) and address in network for network in trusted)


def _address(entry: str) -> IPv4Address | IPv6Address | None:
    """Some proxies add a port, IPv6 then in brackets; a socket for both kinds shows IPv4 inside IPv6."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def neighbourhood(address: str) -> str:
    """What counts as one client where tries are counted: the address, or the network of 64 bits an IPv6 address is in.

    "" for what is no address.
    """
    found = _address(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, 64), strict=False).network_address)
    return str(found or "")
