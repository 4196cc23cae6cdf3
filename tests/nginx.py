"""A real nginx as the proxy in front, on a free loopback port."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import servers

_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def proxy(folder: Path, http: str) -> Iterator[str]:
    """nginx with these directives of its `http` block; PORT in them is where it listens. Yields its address.

    Skips the test where nginx is not installed.
    """
    program = servers.find("nginx")
    if program is None:
        pytest.skip("nginx is not installed")
    port = servers.free_port()
    temporary = "\n".join(f"{name}_temp_path {folder}/{name};" for name in _TEMPORARY)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
        # As root its workers would become nobody, who cannot write here.
        + ("user root;\n" if os.geteuid() == 0 else "")
        + f"events {{}}\nhttp {{ access_log off;\n{temporary}\n{http.replace('PORT', f'127.0.0.1:{port}')}\n}}\n"
    )
    command = [program, "-c", str(configuration), "-e", str(folder / "nginx.log")]
    with servers.running(command, port, folder):
        yield f"http://127.0.0.1:{port}"
