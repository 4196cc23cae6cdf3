"""The sandbox itself: the routes around the state, and the Python API that tests and the supervisor use."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

from . import control, faults, hooks, page, rest
from . import names as host_names
from .eras import Eras
from .faults import Endpoint, Plan, Received
from .hooks import Reply
from .http1 import Request, text_answer
from .limits import Rate
from .listener import Listener
from .rooms import Message, Room
from .state import KEEP, Hook, State
from .users import RestAccount, default_account

ROOMS = {"critical": "#alerts-critical", "warning": "#alerts-warning", "info": "#alerts-info"}


def default_token(severity: str) -> str:
    """Public on purpose: the sandbox's addresses are the same after every start."""
    return f"publicSandboxToken{severity.title()}".rjust(48, "0")


def default_hook_urls(base_url: str) -> dict[str, str]:
    """severity -> webhook URL of the three rooms every sandbox starts with."""
    base = base_url.rstrip("/")
    return {severity: f"{base}/hooks/sandbox-{severity}/{default_token(severity)}" for severity in ROOMS}


class Sandbox:
    """A Rocket.Chat to test against. `rate_limit` = (calls, seconds) per hook, None = none; `clock` gives epoch seconds.

    `names` are host names under which people may open its page and its control address, see names.py.
    `start` and `stop` may alternate: the port and everything stored stay.
    """

    def __init__(
        self,
        port: int = 0,
        rate_limit: tuple[int, float] | None = (10, 60),
        *,
        host: str = "127.0.0.1",
        eras: Eras | None = None,
        clock: Callable[[], float] = time.time,
        keep: int = KEEP,
        names: Collection[str] = (),
    ) -> None:
        rate = Rate(*(rate_limit or (0, 60)))
        self.host, self.port = host, port
        self.names = frozenset({host.lower(), *(name.lower() for name in names)})
        self.state = State(rate=rate, eras=eras or Eras(), clock=clock, keep=keep)
        self._server: Listener | None = None
        for severity, room in ROOMS.items():
            self.hook(room, id=f"sandbox-{severity}", token=default_token(severity))

    def start(self) -> Sandbox:
        """Listen. Raises OSError when the port is taken."""
        self._server = Listener((self.host, self.port), self.answer)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="sandbox", daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening and close every connection, hanging ones too."""
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        server.server_close()
        for endpoint in self.state.endpoints():
            endpoint.release()
        server.drop_connections()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://{'127.0.0.1' if self.host in ('', '0.0.0.0') else self.host}:{self.port}"  # noqa: S104

    @property
    def eras(self) -> Eras:
        return self.state.eras

    def switch(self, **eras: Any) -> None:
        """Behave like another release: see Eras for the names. Raises ValueError, TypeError."""
        self.state.eras = dataclasses.replace(self.state.eras, **eras)

    @property
    def rest(self) -> Endpoint:
        """The REST API's faults and journal."""
        return self.state.rest

    def hook(self, room: str, name: str = "", **options: Any) -> Hook:
        """A new hook to `room` (several: comma separated), which is made when missing. Options: see state.Hook."""
        if name:
            options["name"] = name
        return control.make_hook(self.state, lambda: self.url, room, **options)

    def default_hook(self, severity: str) -> Hook:
        return self.state.hooks[f"sandbox-{severity}"]

    def room(self, name: str, refusal: str = "", **facts: Any) -> Room:
        """The room, made when missing. Facts: archived, read_only, encrypted, private, muted, unmuted; see rooms.Room."""
        return control.change_room(self.state, name, {"refusal": refusal, **facts})

    def account(self, *, bot: bool = True) -> RestAccount:
        """What a client of the REST API needs to know."""
        return default_account(self.url, bot=bot)

    def delete(self, message_id: str) -> None:
        """As a person in the room deletes a message: nothing of it is left."""
        self.state.delete(message_id)

    def messages(self, room: str = "") -> list[Message]:
        return self.state.messages(room)

    def requests(self, endpoint: Endpoint) -> list[Received]:
        return list(endpoint.journal)

    def wait_for(self, room: str, count: int, timeout: float = 10.0) -> list[Message]:
        """The room's messages, as soon as there are `count` of them or the time (seconds) is over."""
        with self.state.changed:
            self.state.changed.wait_for(lambda: len(self.state.messages(room)) >= count, timeout)
            return self.state.messages(room)

    def drop_connections(self) -> None:
        """Close what is open, as a restarted proxy does to kept-alive connections."""
        if self._server:
            self._server.drop_connections()

    def reset(self) -> None:
        self.state.reset()

    def answer(self, request: Request) -> Plan:
        """Route one request."""
        path = request.path
        if path.startswith("/hooks/"):
            hook = hooks.find(self.state, request)
            if hook:
                return self._through(hook, request, lambda: hooks.judge(self.state, hook, request), hook.id)
            return self._through(self.state.strays, request, lambda: hooks.unknown(self.state, request), "")
        if path.startswith("/api/"):
            return self._through(self.state.rest, request, lambda: rest.judge(self.state, request), "rest")
        if not host_names.may_open(request.headers.get("host", ""), self.names):
            return Plan(text_answer(403, host_names.refusal(self.url)))
        if path.startswith("/sandbox/"):
            return Plan(control.serve(self.state, lambda: self.url, request))
        if path == "/health":
            return Plan(text_answer(200, "ok"))
        return Plan(page.serve(path) if request.method in ("GET", "HEAD") else text_answer(404, "404 Not Found"))

    def _through(self, endpoint: Endpoint, request: Request, judge: Callable[[], Reply], sender: str) -> Plan:
        """Judge the request, store what it makes, bend the answer if a fault strikes, and write it in the journal."""
        fault = endpoint.draw(request.body)
        if fault and fault.kind == "slow":
            endpoint.hold(fault.seconds)
        reply = judge() if fault is None or fault.stored else None
        if reply and reply.drafts:
            self.state.store(reply.drafts, request.body, sender)
        if fault:
            plan = faults.bend(fault, reply.answer if reply else None, self.state.clock())
        else:
            assert reply is not None  # noqa: S101 - without a fault the request was judged
            plan = Plan(reply.answer, "close" if reply.hangs else "send", 0 if reply.hangs else None)
        stored = len(reply.drafts) if reply else 0
        remaining = reply.remaining if reply else None
        struck = fault.kind if fault else ""
        endpoint.record(
            Received(
                self.state.clock(),
                request.method,
                plan.status,
                stored,
                remaining,
                struck,
                request.headers,
                request.body,
                f"{request.path}?{request.query}",
            )
        )
        if plan.wait is not None:
            endpoint.hold(plan.wait)
        return plan
