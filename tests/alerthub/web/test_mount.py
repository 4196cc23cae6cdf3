"""AlertHub under a path of its host: the path from its public address, and what becomes of requests with and without it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alerthub.web import mount

pytestmark = pytest.mark.anywhere
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("public_url", "script_name", "expected"),
    [
        ("http://localhost:8093", "", ""),
        ("https://ops.example/", "", ""),
        ("https://ops.example/alerthub", "", "/alerthub"),
        ("https://ops.example/alerthub/", "", "/alerthub"),
        ("https://ops.example/a/b-c_d.e~f", "", "/a/b-c_d.e~f"),
        ("https://ops.example/alerthub", "/alerthub", "/alerthub"),
        ("https://ops.example/alerthub", "alerthub/", "/alerthub"),
    ],
)
def test_the_path_is_that_of_the_public_address(public_url: str, script_name: str, expected: str) -> None:
    assert mount.prefix(public_url, script_name) == expected


@pytest.mark.parametrize(
    ("public_url", "script_name", "named"),
    [
        ("https://ops.example", "/alerthub", "SCRIPT_NAME"),
        ("https://ops.example/a", "/b", "SCRIPT_NAME"),
        ("https://ops.example/a b", "", "ALERTHUB_PUBLIC_URL"),
        ("https://ops.example//a", "", "ALERTHUB_PUBLIC_URL"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(public_url: str, script_name: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        mount.prefix(public_url, script_name)


@pytest.mark.parametrize(
    ("path", "prefix", "expected"),
    [
        ("/webhook", "", "/webhook"),
        ("/webhook", "/alerthub", "/webhook"),  # the proxy took it off, or it came past the proxy
        ("/alerthub/webhook", "/alerthub", "/webhook"),
        ("//alerthub//webhook", "/alerthub", "//webhook"),
        ("/alerthub", "/alerthub", "/"),
        ("/alerthub/", "/alerthub", "/"),
        ("/alerthubs/webhook", "/alerthub", "/alerthubs/webhook"),
        ("/a/b/webhook", "/a/b", "/webhook"),
        ("/a.b/webhook", "/a.b", "/webhook"),
        ("/axb/webhook", "/a.b", "/axb/webhook"),
        ("", "/alerthub", ""),
    ],
)
def test_a_path_is_read_with_and_without_it(path: str, prefix: str, expected: str) -> None:
    assert mount.below(path, prefix) == expected


ASK = """
import io, json, sys
from alerthub.wsgi import application
told = {}
for method, path, fields in json.load(sys.stdin):
    def start(status, headers, exc_info=None):
        told[f"{method} {path}"] = [int(status.split()[0]), dict(headers).get("Location", "")]
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "a", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "ops.example", "REMOTE_ADDR": "203.0.113.9", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.version": (1, 0), "wsgi.multithread": True,
        "wsgi.multiprocess": True, "wsgi.run_once": False, **fields,
    }
    b"".join(application(environ, start))
print(json.dumps(told))
"""
HTTPS = {"HTTP_X_FORWARDED_PROTO": "https"}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    """Status and Location by request, of an AlertHub behind HTTPS under a path."""
    environment = {"PATH": os.environ["PATH"], "ALERTHUB_ENV_FILE": os.devnull, "SCRIPT_NAME": "/alerthub"} | {
        "ALERTHUB_DATA_DIR": str(tmp_path_factory.mktemp("mount")),
        "ALERTHUB_PUBLIC_URL": "https://ops.example/alerthub",
    }
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "/alerthub/livez", {}), ("GET", "/livez", {}), ("GET", "/alerthub//livez/", {}),
        ("GET", "/alerthub/admin/login/", {}), ("GET", "/alerthub", HTTPS), ("GET", "/", HTTPS),
        ("GET", "/alerthub/admin/", HTTPS), ("GET", "/admin/", HTTPS), ("GET", "/alerthub/api/docs", HTTPS),
        ("GET", "/alerthub/static/admin/css/base.css", HTTPS), ("GET", "/static/admin/css/base.css", HTTPS),
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", ASK], input=json.dumps(asked), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("path", ["/alerthub/livez", "/livez", "/alerthub//livez/"])
def test_machines_come_by_plain_http_with_and_without_the_path(told: dict[str, list], path: str) -> None:
    assert told[f"GET {path}"] == [200, ""]


def test_people_by_plain_http_are_sent_to_https_below_the_path(told: dict[str, list]) -> None:
    assert told["GET /alerthub/admin/login/"] == [301, "https://ops.example/alerthub/admin/login/"]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/alerthub", "/alerthub/admin/"),
        ("/", "/alerthub/admin/"),
        ("/alerthub/admin/", "/alerthub/admin/login/?next=/alerthub/admin/"),
        ("/admin/", "/alerthub/admin/login/?next=/alerthub/admin/"),
        ("/alerthub/api/docs", "/alerthub/admin/login/?next=/alerthub/api/docs"),
    ],
)
def test_redirects_stay_below_the_path(told: dict[str, list], path: str, location: str) -> None:
    assert told[f"GET {path}"] == [302, location]


@pytest.mark.parametrize("path", ["/alerthub/static/admin/css/base.css", "/static/admin/css/base.css"])
def test_static_files_are_there_with_and_without_the_path(told: dict[str, list], path: str) -> None:
    assert told[f"GET {path}"] == [200, ""]
