"""How gunicorn serves AlertHub, in the image and in `make run` alike; `alerthub.serving` has the worker."""

from __future__ import annotations

import resource

from alerthub import env
from alerthub.serving import binding, judging

# `.env` may name what follows.
with env.or_exit():
    env.load()
judging.settings_or_exit()

with env.or_exit():
    bind = env.bind("ALERTHUB_BIND", env.number("PORT", 8093, least=1, most=65_535))
    workers = env.number("WEB_CONCURRENCY", 2, least=1, most=256)
# Nobody gets a thread before the request is here whole, nor in before the application is loaded.
worker_class = "alerthub.serving.Worker"
on_starting = binding.bind
threads = 8
timeout = 30
graceful_timeout = 30
# Longer than proxies keep theirs (60 s): the side that closes first must not be the one that gets posts.
keepalive = 75
# Alertmanager's own headers are short; long ones are an attack or a mistake.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# What proxies say is judged by AlertHub, to which contradictions are no reason to refuse a post.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
# Restarting workers by count would drop requests for nothing.
max_requests = 0
accesslog = None
loglevel = "warning"
proc_name = "alerthub-web"
control_socket_disable = True

# Each connection is an open file, and may have another one for what it holds.
_open, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
_files = max(_open, min(_most, 4096)) if _most != resource.RLIM_INFINITY else max(_open, 4096)
resource.setrlimit(resource.RLIMIT_NOFILE, (_files, _most))
worker_connections = max(64, min(1000, (_files - 128) // 2))
