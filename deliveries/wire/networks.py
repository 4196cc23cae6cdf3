"""Which network addresses AlertHub may call. Checked on the very address about to be dialled, never on a name."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = ip_network("64:ff9b::/96")
_NEVER = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # "this network": Linux connects it to itself
        "100.100.100.200/32",  # metadata of clouds, from here on
        "168.63.129.16/32",
        "192.0.0.192/32",
        "fd00:ec2::254/128",
        "fd20:ce::254/128",
    )
)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Which addresses may be dialled. Link-local, multicast, reserved and metadata addresses never are.

    `allowed_hosts` opens `blocked_networks` for these host names, nothing else.
    """

    allow_loopback: bool = False
    blocked_networks: tuple[Network, ...] = ()
    allowed_hosts: frozenset[str] = frozenset()

    def refusal(self, host: str, address: str) -> str:
        """Why the address a host name leads to must not be dialled; "" if it may."""
        found = _reached(ip_address(address.partition("%")[0]))
        if found.is_loopback:
            return "" if self.allow_loopback else "it is this machine itself (loopback)"
        if found.is_link_local or any(found in network for network in _NEVER):
            return "it is link-local or a cloud's metadata service"
        if found.is_multicast or found.is_unspecified or found.is_reserved:
            return "it is not the address of one machine"
        if _plain(host) in map(_plain, self.allowed_hosts):
            return ""
        if any(found in network for network in self.blocked_networks):
            return "its network is blocked by ALERTHUB_BLOCKED_NETWORKS"
        return ""


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


def _reached(address: Address) -> Address:
    """The address that answers in the end: IPv4 wrapped in IPv6 reaches the IPv4 host."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
