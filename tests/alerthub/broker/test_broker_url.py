"""CELERY_BROKER_URL: every documented form is handed on whole, and what cannot be is refused without its secret."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from alerthub.broker import broker_url, connecting
from deliveries.watch import broker


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("filesystem://", "filesystem://"),
        ("redis://h", "redis://h:6379"),
        ("redis://:p%23w@h:6380/1", "redis://:p%23w@h:6380/1"),
        ("redis://[::1]:6380", "redis://[::1]:6380"),
        ("amqp://u:p@h/hub", "amqp://u:p@h:5672/hub"),
        ("amqps://u:p@h", "amqps://u:p@h:5671"),
    ],
)
def test_an_address_is_handed_on_with_its_port(said: str, taken: str) -> None:
    assert broker_url.read(said).url == taken


def test_each_of_several_addresses_says_all_that_the_first_said() -> None:
    address = broker_url.read("sentinel://u:p@a:26380/2;sentinel://b?master_name=hub")
    assert address.url == "sentinel://u:p@a:26380/2;sentinel://u:p@b:26379/2"


def test_sentinel_is_asked_for_its_master_with_a_password_of_its_own(tmp_path: Path) -> None:
    address = "sentinel://:redis-pw@a;sentinel://b?master_name=hub&sentinel_username=me&sentinel_password=s%23w"
    options = connecting.settings(address, tmp_path)["broker_transport_options"]
    asks = options["sentinel_kwargs"]
    assert (options["master_name"], asks["username"], asks["password"]) == ("hub", "me", "s#w")
    assert asks["socket_timeout"] == options["socket_timeout"]


def test_who_only_asks_whether_the_broker_is_there_waits_for_no_sentinel(tmp_path: Path) -> None:
    options = connecting.settings("sentinel://a?master_name=hub&sentinel_password=x", tmp_path)[
        "broker_transport_options"
    ]
    quick = broker.quick(options)
    assert (quick["socket_timeout"], quick["sentinel_kwargs"]["socket_timeout"]) == (0.5, 0.5)
    assert quick["sentinel_kwargs"]["password"] == "x"


@pytest.mark.parametrize("said", ["rediss://h", "sentinel://h?master_name=hub&ssl_cert_reqs=required"])
def test_a_redis_with_tls_has_to_show_a_certificate_for_its_name(said: str) -> None:
    tls = broker_url.read(said).tls
    assert tls == {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}


def test_the_sentinels_are_asked_with_tls_too() -> None:
    asks = broker_url.read("sentinel://h?master_name=hub&ssl_cert_reqs=required").sentinel
    assert asks == {"ssl": True, "ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}


def test_a_rabbitmq_with_tls_has_to_show_a_certificate_for_its_name() -> None:
    assert broker_url.read("amqps://h").tls == {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": "h"}


def test_the_check_of_certificates_ends_only_where_the_address_says_so(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.touch()
    loose = broker_url.read("rediss://h?ssl_cert_reqs=none").tls
    assert loose == {"ssl_cert_reqs": ssl.CERT_NONE, "ssl_check_hostname": False}
    own = broker_url.read(f"amqps://h?ssl_ca_certs={authority}&ssl_check_hostname=false").tls
    assert own == {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": str(authority)}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("localhost:6379", "must begin with"),
        ("sqs://", "must begin with"),
        ("memory://", "must begin with"),
        ("redis://", "must read"),
        ("redis://h:port", "must read"),
        ("redis://:secret#word@h", "# as %23"),
        ("redis://u:secret/word@h", "/ as %2F"),
        ("redis://u:12?secret@h", "? as %3F"),
        ("redis://:secret;word@h", "; as %3B"),
        ("redis://h/hub", "number of its database"),
        ("redis://h?master_name=hub", "takes nothing"),
        ("sentinel://h", "?master_name=NAME"),
        ("sentinel://h?master_name=", "?master_name=NAME"),
        ("rediss://h?ssl_cert_reqs=maybe", "required or none"),
        ("rediss://h?ssl_check_hostname=1", "true or false"),
        ("rediss://h?ssl_ca_certs=/gone/ca.pem", "/gone/ca.pem"),
    ],
)
def test_what_no_broker_can_be_reached_by_is_refused_with_what_to_write(said: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        broker_url.read(said)
    assert sentence in str(refused.value)
    assert "secret" not in str(refused.value)
