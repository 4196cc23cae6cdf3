from __future__ import annotations

from ipaddress import ip_network

import pytest

from deliveries.wire.networks import AddressPolicy

pytestmark = pytest.mark.anywhere

OPEN = AddressPolicy()
WARY = AddressPolicy(
    blocked_networks=(ip_network("10.0.0.0/8"), ip_network("fc00::/7")), allowed_hosts=frozenset({"Chat.Example"})
)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "fd20:ce::254",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "224.0.0.1",
        "ff02::1",
        "0.0.0.0",
        "0.1.2.3",
        "::",
        "240.0.0.1",
        "255.255.255.255",
        "::169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
    ],
)
def test_some_addresses_are_never_called_whatever_is_allowed(address: str) -> None:
    boldest = AddressPolicy(allow_loopback=True, allowed_hosts=frozenset({"chat.example"}))
    assert boldest.refusal("chat.example", address)


@pytest.mark.parametrize(
    "address",
    ["203.0.113.7", "8.8.8.8", "10.1.2.3", "192.168.0.9", "100.64.0.1", "fd12::1", "2a00::1", "64:ff9b::808:808"],
)
def test_public_and_private_addresses_may_be_called(address: str) -> None:
    assert OPEN.refusal("chat.example", address) == ""


LOOPBACKS = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]


@pytest.mark.parametrize("address", LOOPBACKS)
def test_this_machine_itself_is_not_called(address: str) -> None:
    assert "loopback" in AddressPolicy(allowed_hosts=frozenset({"chat.example"})).refusal("chat.example", address)


@pytest.mark.parametrize("address", LOOPBACKS)
def test_this_machine_itself_is_called_if_allowed(address: str) -> None:
    assert AddressPolicy(allow_loopback=True).refusal("chat.example", address) == ""


@pytest.mark.parametrize("address", ["10.1.2.3", "fd12::1", "::ffff:10.1.2.3", "64:ff9b::a01:203"])
def test_a_network_can_be_blocked(address: str) -> None:
    assert "ALERTHUB_BLOCKED_NETWORKS" in WARY.refusal("other.example", address)


@pytest.mark.parametrize("host", ["chat.example", "CHAT.example."])
def test_a_host_can_be_let_through_a_blocked_network(host: str) -> None:
    assert WARY.refusal(host, "10.1.2.3") == ""


def test_a_blocked_network_blocks_no_other() -> None:
    assert WARY.refusal("other.example", "192.168.0.9") == ""
