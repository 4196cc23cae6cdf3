"""Reads CELERY_BROKER_URL: which brokers there are, and what their addresses may say. Imports no Django but its error.

kombu takes unknown words in silence, believes any certificate of a `rediss://` server unless told otherwise, and has no
place in the address for what Sentinel must be asked. So an address is read here, once, and handed on whole.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

_NAME = "CELERY_BROKER_URL"
_PORTS = {"redis": 6379, "rediss": 6379, "sentinel": 26379, "amqp": 5672, "amqps": 5671}
_WITH_TLS = ("rediss", "sentinel", "amqps")
_TLS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "ssl_check_hostname")
_SENTINEL = ("master_name", "sentinel_username", "sentinel_password")
_FORMS = (
    "filesystem://, redis://, rediss:// (Redis with TLS), sentinel://, amqp:// or amqps:// (RabbitMQ), and then "
    "USER:PASSWORD@HOST:PORT/NAME"
)
_ESCAPES = "In a password write # as %23, % as %25, / as %2F, ; as %3B, ? as %3F and @ as %40"


@dataclass(frozen=True, slots=True)
class Address:
    """`url` as kombu takes it, several with `;` between; `tls` for `broker_use_ssl`, None: without; `master_name` and
    `sentinel` (how the Sentinels themselves are asked) for its transport options."""

    url: str
    tls: dict[str, Any] | None = None
    master_name: str = ""
    sentinel: dict[str, Any] = field(default_factory=dict)

    @property
    def scheme(self) -> str:
        return self.url.partition(":")[0]


def read(text: str) -> Address:
    """Raises ImproperlyConfigured with a sentence that names no secret."""
    scheme = text.partition("://")[0]
    if scheme not in _PORTS:
        _check_scheme(scheme if "://" in text else "")
        return Address(text)
    parts = [_split(each, scheme) for each in text.split(";")]
    query = {name: value for part in parts for name, value in parse_qsl(part.query, keep_blank_values=True)}
    allowed = (*(_SENTINEL if scheme == "sentinel" else ()), *(_TLS if scheme in _WITH_TLS else ()))
    if not query.keys() <= set(allowed):
        # Not which: it may be the rest of a password.
        _refuse(f"after the ? {scheme}:// takes {', '.join(allowed) or 'nothing'}, and nothing else. {_ESCAPES}")
    first = parts[0]
    # kombu takes everything from the address that it tries next: each has to say all of it.
    user = f"{first.netloc.rpartition('@')[0]}@" if "@" in first.netloc else ""
    url = ";".join(f"{scheme}://{user}{_place(part, scheme)}{first.path}" for part in parts)
    tls = _tls(scheme, query) if scheme in ("rediss", "amqps") or any(name in query for name in _TLS) else None
    if tls is not None and scheme == "amqps":
        tls = _as_amqp_says(tls, first.hostname or "")
    if scheme != "sentinel":
        return Address(url, tls)
    if not query.get("master_name"):
        _refuse("Sentinel has to be asked for a master by its name: end the address with ?master_name=NAME")
    asks = {name.removeprefix("sentinel_"): query[name] for name in _SENTINEL[1:] if query.get(name)}
    return Address(url, tls, query["master_name"], asks | ({"ssl": True} | tls if tls else {}))


def _check_scheme(scheme: str) -> None:
    """What kombu brings beyond the six is refused, for nobody has tried it; what this process added itself is not."""
    if scheme != "filesystem" and str(TRANSPORT_ALIASES.get(scheme, "kombu.")).startswith("kombu."):
        _refuse(f"it must begin with {_FORMS}. {_ESCAPES}")


def _split(text: str, scheme: str) -> SplitResult:
    try:
        part = urlsplit(text)
        right = part.scheme == scheme and part.hostname and part.port != 0 and not part.fragment
    except ValueError:
        right = False
    if not right:
        _refuse(f"it must read {_FORMS}. {_ESCAPES}")
    if scheme not in ("amqp", "amqps") and part.path.strip("/") and not part.path.strip("/").isdecimal():
        _refuse("what follows the port of a Redis is the number of its database, such as /0")
    return part


def _place(part: SplitResult, scheme: str) -> str:
    host = f"[{part.hostname}]" if ":" in (part.hostname or "") else part.hostname
    return f"{host}:{part.port or _PORTS[scheme]}"


def _tls(scheme: str, query: dict[str, str]) -> dict[str, Any]:
    """As redis-py takes it. The server has to show a certificate for its name, unless the address says otherwise."""
    required = query.get("ssl_cert_reqs", "required")
    if required not in ("required", "none"):
        _refuse("ssl_cert_reqs must be required or none")
    named = query.get("ssl_check_hostname", "true").lower()
    if named not in ("true", "false"):
        _refuse("ssl_check_hostname must be true or false")
    checked = required == "required"
    found: dict[str, Any] = {
        "ssl_cert_reqs": ssl.CERT_REQUIRED if checked else ssl.CERT_NONE,
        "ssl_check_hostname": checked and named == "true",
    }
    for name in ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile"):
        if path := query.get(name):
            if not Path(path).is_file():
                _refuse(f"{name} names {path}, which is no file that can be read here")
            found[name] = path
    return found


def _as_amqp_says(tls: dict[str, Any], host: str) -> dict[str, Any]:
    said = {name.removeprefix("ssl_"): value for name, value in tls.items()}
    named = said.pop("check_hostname")
    return said | ({"server_hostname": unquote(host)} if named else {})


def _refuse(why: str) -> None:
    raise ImproperlyConfigured(f"{_NAME} cannot be used: {why}.")
