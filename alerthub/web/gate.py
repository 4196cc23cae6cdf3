"""WSGI: until the database has said that the keys here are its own, nobody but the probes comes in.

The web server starts while the database is away. What comes meanwhile is answered 503, which Alertmanager sends again: a
401 because of other keys would lose it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.db import Error

from alerthub.start import fingerprints
from alerthub.start.other_keys import OtherKeys
from alerthub.web import machines

log = logging.getLogger(__name__)

_ALWAYS = set(machines.ALL) - set(machines.INGEST)
_RETRY_AFTER_SECONDS = "5"


class Gate:
    """In front of an application."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application, self._opened, self._said = application, False, ""

    def begin(self) -> None:
        """Where the process begins. Raises ImproperlyConfigured with a sentence if it must not."""
        self._opened = fingerprints.at_start()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self._opened or machines.address(environ["PATH_INFO"]) in _ALWAYS:
            return self._application(environ, start_response)
        try:
            # Nothing is recorded in a database that is not prepared yet, and each request finds that by itself.
            self._opened = fingerprints.check()
        except OtherKeys as other:
            return self._refuse(start_response, str(other), other.in_short)
        except Error as error:
            said = f"The database cannot be used ({type(error).__name__})."
            return self._refuse(start_response, said, f"{said} Send it again.")
        return self._application(environ, start_response)

    def _refuse(self, start_response: Callable[..., Any], said: str, detail: str) -> Iterable[bytes]:
        if said != self._said:
            self._said = said
            log.error("%s Requests are answered with 503.", said)
        body = json.dumps({"error": "unavailable", "detail": detail}).encode()
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Retry-After", _RETRY_AFTER_SECONDS),
        ]
        start_response("503 Service Unavailable", headers)
        return [body]
