"""Everything is restarted, one process after the other, behind nginx: no post fails, and nothing is told twice.

ROLLING_POSTS sets how many posts there are at least; they go on until everything was restarted.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import requests

from tests import nginx, servers
from tests.factories import alert, payload
from tests.journeys.stack import CRITICAL, SOURCE_TOKEN, Stack, wait_until

POSTS = int(os.environ.get("ROLLING_POSTS", "0"))
EVERY_SECONDS = 0.05
# A machine that is busy with other tests starts processes slowly, and posts go on as long.
_TIMEOUT = 400 + POSTS * EVERY_SECONDS * 2
# SQLite is for one machine that is stopped and started whole.
pytestmark = [pytest.mark.journey, pytest.mark.postgresql, pytest.mark.timeout(_TIMEOUT)]
# As in docs/production.md, for two web processes.
HTTP = """
upstream alerthub {
    server 127.0.0.1:FIRST max_fails=0;
    server 127.0.0.1:SECOND max_fails=0;
}
server {
    listen PORT;
    location / {
        proxy_pass http://alerthub;
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-For $remote_addr;
    }
}
"""


@pytest.fixture
def webs(stack: Stack) -> Iterator[dict[str, str]]:
    """The ports of two web processes."""
    ports = {"web": stack.environment["PORT"], "web 2": str(servers.free_port())}
    stack.start("web 2", PORT=ports["web 2"])
    wait_until(lambda: lives(ports["web 2"]), 60, "the second web process")
    yield ports
    stack.stop_for_good("web 2")


@pytest.fixture
def front(webs: dict[str, str], tmp_path: Path) -> Iterator[str]:
    with nginx.proxy(tmp_path, HTTP.replace("FIRST", webs["web"]).replace("SECOND", webs["web 2"])) as url:
        yield url


def lives(port: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/livez", timeout=10).ok
    except requests.ConnectionError:
        return False


def restart(stack: Stack, webs: dict[str, str]) -> None:
    """One web process and one worker, then the others when the first ones work again."""
    for names in (("web", "worker 1"), ("web 2", "worker 2")):
        for name in names:
            stack.stop_one(name)
            stack.start(name, **({"PORT": webs[name]} if name in webs else {}))
        for name in names:
            wait_until(partial(works, stack, name, webs), 120, f"the start of {name}")


def works(stack: Stack, name: str, webs: dict[str, str]) -> bool:
    if name in webs:
        return lives(webs[name])
    return any(
        worker.endswith(f":{stack.pid(name)}") for (worker,) in stack.trail.rows("SELECT name FROM deliveries_worker")
    )


def post(url: str, mark: str) -> int:
    told = payload(alert(mark), group=mark)
    return requests.post(
        f"{url}/webhook", json=told, headers={"Authorization": f"Bearer {SOURCE_TOKEN}"}, timeout=30
    ).status_code


def test_a_rolling_restart_fails_no_post_and_repeats_nothing(
    stack: Stack, webs: dict[str, str], front: str, word: str
) -> None:
    with ThreadPoolExecutor(1) as restarting, ThreadPoolExecutor(16) as posting:
        restarted = restarting.submit(restart, stack, webs)
        answers: list[Future[int]] = []
        while len(answers) < POSTS or not restarted.done():
            answers.append(posting.submit(post, front, f"{word}n{len(answers)}n"))
            time.sleep(EVERY_SECONDS)
        restarted.result()
    print(f"{len(answers)} posts during the restart")
    assert Counter(answer.result() for answer in answers) == {202: len(answers)}
    deliveries = stack.wait_for_end(timeout=60)
    assert Counter(delivery.state for delivery in deliveries if word in delivery.title) == {"delivered": len(answers)}
    told = [message.payload.decode() for message in stack.room(CRITICAL, word)]
    assert [sum(f"{word}n{number}n" in text for text in told) for number in range(len(answers))] == [1] * len(answers)
