"""One request before the first client comes: it loads what an application loads with its first request, its addresses."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any

_ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/livez",
    "QUERY_STRING": "",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "localhost",
    "REMOTE_ADDR": "",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def warm(application: Callable[..., Iterable[bytes]]) -> None:
    """Any WSGI application; what it answers does not matter."""
    environ: dict[str, Any] = _ENVIRON | {"wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr}
    answer = application(environ, lambda status, headers, exc_info=None: lambda data: None)
    close = getattr(answer, "close", None)
    list(answer)
    if close:
        close()
