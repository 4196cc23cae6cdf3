"""A second web process under /alerthub of nginx, which passes the path on at one address and takes it off at another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from tests import nginx, servers
from tests.factories import alert, payload
from tests.journeys.stack import ADMIN_PASSWORD, API_TOKEN, CRITICAL, SOURCE_TOKEN, Stack, wait_until

pytestmark = pytest.mark.journey

HTTP = """
proxy_set_header Host $http_host;
server {
    listen PORT;
    location /alerthub/ { proxy_pass http://127.0.0.1:WEB; }
}
server {
    listen 127.0.0.1:OTHER;
    location /alerthub/ { proxy_pass http://127.0.0.1:WEB/; }
}
"""
_LINKS = re.compile(r"""\b(?:href|src|action)=["']([^"'#]+)""")
# Where forms are posted to: a look at it is refused.
_POSTS = re.compile(r"""<form[^>]*\bmethod=["']post["'][^>]*\baction=["']([^"'#]+)""")
# Enough to see each kind of page; the whole admin has hundreds of links.
_PAGES = 40


@dataclass(frozen=True, slots=True)
class Place:
    """AlertHub as people reach it, through the proxy, and as machines do, past it."""

    url: str
    past_the_proxy: str

    @property
    def host(self) -> str:
        return self.url.removesuffix("/alerthub")


@pytest.fixture(params=["passed on", "taken off"])
def place(request: pytest.FixtureRequest, stack: Stack, tmp_path: Path) -> Iterator[Place]:
    web, other = servers.free_port(), servers.free_port()
    http = HTTP.replace("WEB", str(web)).replace("OTHER", str(other))
    with nginx.proxy(tmp_path, http) as front:
        host = front if request.param == "passed on" else f"http://127.0.0.1:{other}"
        place = Place(f"{host}/alerthub", f"http://127.0.0.1:{web}")
        stack.start("web 2", PORT=str(web), ALERTHUB_PUBLIC_URL=place.url)
        wait_until(lambda: answers(f"{place.past_the_proxy}/livez"), 60, "the web process under a path")
        yield place
        stack.stop_for_good("web 2")


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=10).ok
    except requests.ConnectionError:
        return False


def logged_in(place: Place) -> requests.Session:
    person = requests.Session()
    page = person.get(place.url, timeout=30)
    assert page.url.startswith(f"{place.url}/admin/login/?next=/alerthub/admin/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token
    told = {"username": "admin", "password": ADMIN_PASSWORD, "csrfmiddlewaretoken": token[1]}
    assert person.post(page.url, told, headers={"Referer": page.url}, timeout=30).url == f"{place.url}/admin/"
    return person


def links(page: requests.Response) -> set[str]:
    found = {urljoin(page.url, unescape(link)).partition("#")[0] for link in _LINKS.findall(page.text)}
    return {link for link in found if link.startswith("http://127.0.0.1")}


def test_everything_is_below_the_path(stack: Stack, place: Place, word: str) -> None:
    # Posts arrive with and without the path, through the proxy and past it.
    for number, url in enumerate((place.url, place.past_the_proxy, f"{place.past_the_proxy}/alerthub")):
        told = payload(alert(f"{word}{number}"), group=f"{word}{number}")
        fields = {"Authorization": f"Bearer {SOURCE_TOKEN}"}
        assert requests.post(f"{url}//webhook", json=told, headers=fields, timeout=30).status_code == 202
    stack.wait_for_room(CRITICAL, word, 3)

    # Whoever logs in meets no link, file or cookie that leads elsewhere, and none that leads nowhere.
    person = logged_in(place)
    assert {(cookie.name, cookie.path) for cookie in person.cookies} == {
        (name, "/alerthub") for name in map(own_name, ("session", "csrf"), [place] * 2)
    }
    first = person.get(f"{place.url}/admin/", timeout=30)
    below = links(first)
    assert [link for link in below if not link.startswith(f"{place.url}/")] == []
    posted = {urljoin(first.url, unescape(link)) for link in _POSTS.findall(first.text)}
    assert posted
    visited = sorted(below - posted)[:_PAGES]
    assert {link: person.get(link, timeout=30).status_code for link in visited} == dict.fromkeys(visited, 200)

    # So does a program, by what the answers themselves say.
    program = {"Authorization": f"Bearer {API_TOKEN}"}
    root = requests.get(f"{place.url}/api/v1/", headers=program, timeout=30).json()
    assert [link for link in root.values() if not link.startswith(f"{place.url}/api/v1/")] == []
    page = requests.get(f"{root['deliveries']}?limit=1", headers=program, timeout=30).json()
    assert page["next"].startswith(f"{place.url}/api/v1/deliveries")
    assert len(requests.get(page["next"], headers=program, timeout=30).json()["results"]) == 1
    schema = person.get(f"{place.url}/api/schema", headers={"Accept": "application/json"}, timeout=30).json()
    assert schema["servers"] == [{"url": "/alerthub"}]
    docs = person.get(f"{place.url}/api/docs", timeout=30)
    assert {link: person.get(link, timeout=30).status_code for link in links(docs)} == dict.fromkeys(links(docs), 200)


def own_name(word: str, place: Place) -> str:
    return f"alerthub_{word}_{place.host.rpartition(':')[2]}_alerthub"
