"""How gunicorn serves AlertHub, in the image and in `make run` alike."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any

bind = os.environ.get("ALERTHUB_BIND") or f"127.0.0.1:{os.environ.get('PORT') or '8093'}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = 8
timeout = 30
graceful_timeout = 30
keepalive = 5
# Alertmanager's own headers are short; long ones are an attack or a mistake.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# Restarting workers by count would drop requests for nothing.
max_requests = 0
accesslog = None
loglevel = "warning"
# Seconds a client may be silent while it sends or reads. Each open request holds a thread: without this, a few clients
# that died in the middle of a post would hold them all for ever.
SILENCE = 10


def when_ready(server: Any) -> None:
    """Accepted connections take these options from the sockets they came in by."""
    limit = struct.pack("ll", SILENCE, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


proc_name = "alerthub-web"
control_socket_disable = True
