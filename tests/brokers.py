"""Every broker that is documented, for real: each yields the CELERY_BROKER_URL that docs/production.md says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from redis import Redis

from tests import servers
from tests.deliveries.certificates import self_signed

# With what ends an address too early unless it is written as the documentation says.
_PASSWORD = "p#s/w?r;d@%"
_WRITTEN = quote(_PASSWORD, safe="")


@contextmanager
def files(folder: Path) -> Iterator[str]:
    yield "filesystem://"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    with servers.redis(folder) as url:
        yield url


@contextmanager
def redis_with_tls(folder: Path) -> Iterator[str]:
    """It asks for a password, and shows a certificate that no machine knows."""
    shown = str(self_signed(folder).path)
    with servers.redis(folder, *_tls_of_redis(shown), "--requirepass", _PASSWORD) as url:
        yield f"rediss://:{_WRITTEN}@{urlsplit(url).netloc}/0?ssl_ca_certs={shown}"


def _tls_of_redis(shown: str) -> list[str]:
    files = ["--tls-cert-file", shown, "--tls-key-file", shown, "--tls-ca-cert-file", shown]
    return ["--port", "0", "--tls-port", "{port}", "--tls-auth-clients", "no", *files]


_SENTINEL = """
bind 127.0.0.1
dir {folder}
requirepass another-password
sentinel monitor hub 127.0.0.1 {master} 1
sentinel auth-pass hub "{password}"
"""


@contextmanager
def sentinel(folder: Path) -> Iterator[str]:
    """A Redis with a password, found through a Sentinel that asks for another one."""
    with servers.redis(folder, "--requirepass", _PASSWORD) as url, _sentinel(folder, url) as place:
        yield f"sentinel://:{_WRITTEN}@{place}/0?master_name=hub&sentinel_password=another-password"


@contextmanager
def sentinel_with_tls(folder: Path) -> Iterator[str]:
    """Both show a certificate that no machine knows."""
    shown = str(self_signed(folder).path)
    with (
        servers.redis(folder, *_tls_of_redis(shown), "--requirepass", _PASSWORD) as url,
        _sentinel(folder, url, *_tls_of_redis(shown), "--tls-replication", "yes") as place,
    ):
        asked = f"master_name=hub&sentinel_password=another-password&ssl_ca_certs={shown}"
        yield f"sentinel://:{_WRITTEN}@{place}/0?{asked}"


@contextmanager
def sentinel_of_two(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The address, and what takes the master away and returns when its replica is the master."""
    twin = folder / "replica"
    twin.mkdir()
    both = ["--requirepass", _PASSWORD, "--masterauth", _PASSWORD]
    with ExitStack() as exits:
        first = exits.enter_context(ExitStack())
        master = first.enter_context(servers.redis(folder, *both))
        replica = exits.enter_context(servers.redis(twin, *both, "--replicaof", f"127.0.0.1 {urlsplit(master).port}"))
        _wait(lambda: _ask(replica, _PASSWORD).info("replication")["master_link_status"] == "up")
        place = exits.enter_context(_sentinel(folder, master))
        asked = _ask(f"redis://{place}", "another-password")
        asked.sentinel_set("hub", "down-after-milliseconds", 500)

        def fail_over() -> None:
            _wait(lambda: asked.sentinel_slaves("hub"))
            first.close()
            _wait(lambda: _is_up(asked.sentinel_master("hub"), urlsplit(replica).port))

        yield f"sentinel://:{_WRITTEN}@{place}/0?master_name=hub&sentinel_password=another-password", fail_over


def _is_up(master: Any, port: int | None) -> bool:
    return bool(master["port"] == port and not master["is_sdown"] and not master["is_odown"])


def _ask(url: str, password: str) -> Redis:
    return Redis.from_url(url, password=password)


def _wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + servers.STARTED_WITHIN_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the servers do not do what was asked"
        time.sleep(0.05)


@contextmanager
def _sentinel(folder: Path, redis_url: str, *options: str) -> Iterator[str]:
    """Yields host and port."""
    program, port = servers.find("redis-sentinel"), servers.free_port()
    assert program, "redis-sentinel is missing"
    config = folder / "sentinel.conf"
    config.write_text(_SENTINEL.format(folder=folder, master=urlsplit(redis_url).port, password=_PASSWORD))
    given = ["--port", str(port), *(option.format(port=port) for option in options)]
    with servers.running([program, str(config), *given], port, folder):
        yield f"127.0.0.1:{port}"


_RABBIT = """
default_user = alerthub
default_pass = rabbit-password
default_vhost = hub
listeners.ssl.1 = 127.0.0.1:{tls_port}
ssl_options.cacertfile = {shown}
ssl_options.certfile = {shown}
ssl_options.keyfile = {shown}
ssl_options.verify = verify_none
"""


@dataclass(frozen=True, slots=True)
class Rabbit:
    """Addresses of one server."""

    url: str
    with_tls: str


@contextmanager
def rabbitmq(folder: Path) -> Iterator[Rabbit]:
    """With nothing of this machine's own: its files in the folder, its name with an epmd that nobody else asks."""
    program, epmd = servers.find("rabbitmq-server"), servers.find("epmd")
    assert program, "rabbitmq-server is missing"
    assert epmd, "epmd is missing"
    port, tls_port, names = servers.free_port(), servers.free_port(), servers.free_port()
    shown = self_signed(folder).path
    config = _RABBIT.format(tls_port=tls_port, shown=shown)
    for name, text in (("rabbitmq.conf", config), ("rabbitmq-env.conf", ""), ("plugins", "[].\n")):
        (folder / name).write_text(text)
    environment = {
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"alerthub-{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(servers.free_port()),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2",
        # One process, which SIGTERM ends in order, and no shell around it.
        "RUNNING_UNDER_SYSTEMD": "true",
    }
    with (
        servers.running([epmd, "-address", "127.0.0.1", "-port", str(names)], names, folder),
        servers.running([program], tls_port, folder, environment=environment),
    ):
        account = "alerthub:rabbit-password@127.0.0.1"
        yield Rabbit(f"amqp://{account}:{port}/hub", f"amqps://{account}:{tls_port}/hub?ssl_ca_certs={shown}")
