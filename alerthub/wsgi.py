"""The door for gunicorn: AlertHub as a WSGI application, whatever stands in front of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from gunicorn.arbiter import Arbiter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alerthub.settings")
try:
    _django = get_wsgi_application()
except ImproperlyConfigured as error:
    # A process that ends so is not started again.
    sys.stderr.write(f"{error}\n")
    sys.exit(Arbiter.WORKER_BOOT_ERROR)

from alerthub.start import private
from alerthub.web import gate, mount, strays
from routing.access import clients

# Not gunicorn's own setting, which would also close its socket to the proxy before it.
private.new_files()
_ON_THIS_MACHINE = (ip_network("127.0.0.0/8"), ip_network("::1"), clients.UNIX_SOCKET)
# gunicorn reads it for each request, and answers 500 to one whose path does not begin with it.
os.environ.pop("SCRIPT_NAME", None)


class Application:
    def __init__(self) -> None:
        self._gate = gate.Gate(_django)

    def begin(self) -> None:
        """Called by the worker before anybody comes: ends a process that must not start, with its sentence."""
        try:
            self._gate.begin()
        except ImproperlyConfigured as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["SCRIPT_NAME"] = settings.PATH_PREFIX
        environ["PATH_INFO"] = mount.below(environ.get("PATH_INFO", ""), settings.PATH_PREFIX)
        if _came_by_https(environ):
            environ["wsgi.url_scheme"] = "https"
        return self._gate(environ, start_response)

    def unreadable(self, head: bytes, status: int, said: str, peer: str) -> None:
        """Called by the worker for what is no request: see `strays`."""
        strays.unreadable(head, status, said, peer)


def _came_by_https(environ: dict[str, Any]) -> bool:
    """Whether a proxy of ours says so. Not gunicorn's to tell: it answers 400 where two headers differ."""
    said = environ.get("HTTP_X_FORWARDED_PROTO", "").partition(",")[0].strip().lower()
    trusted = [*_ON_THIS_MACHINE, *settings.TRUSTED_PROXIES]
    return said == "https" and clients.is_trusted(environ.get("REMOTE_ADDR", ""), trusted)


application = Application()
