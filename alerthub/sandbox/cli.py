"""The sandbox from the command line: its options, what it prints, and running until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Callable
from typing import Any

from .control import Mistake, parse_rate
from .limits import Rate
from .server import Sandbox
from .users import BOT, PLAIN

PORT = 8094
NOT_IN_PRODUCTION = (
    "The sandbox does not start in production: it takes messages from anybody and shows them to everybody. "
    "Use a Rocket.Chat, or leave ALERTHUB_PRODUCTION unset."
)


def _rate(text: str) -> Rate:
    try:
        return parse_rate(text)
    except Mistake as mistake:
        raise argparse.ArgumentTypeError(str(mistake)) from None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"port to listen on, 0 for any free one (default {PORT})"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        help="a host name of your own under which people open it, besides localhost and addresses; may be repeated",
    )
    parser.add_argument(
        "--rate-limit",
        type=_rate,
        default=Rate(10, 60),
        metavar="CALLS/SECONDS",
        help="what each hook takes before it answers 429, as Rocket.Chat's default 10/60; 0 for no limit",
    )


def describe(sandbox: Sandbox) -> str:
    """What a person needs to know once it listens."""
    rate = sandbox.state.rate
    limit = f"{rate.calls} calls in {rate.seconds:g} s for each hook, then 429" if rate.calls else "none"
    hooks = "\n".join(f"  {hook.channels[0]:<17} {hook.url}" for hook in sandbox.state.hooks.values())
    return (
        f"Sandbox - a stand-in for Rocket.Chat. Messages live in memory.\n"
        f"Rooms: {sandbox.url}/\nRate limit: {limit}\nIncoming webhooks:\n{hooks}\n"
        f"REST: {sandbox.url}/api/v1/  X-User-Id: {BOT.id}  X-Auth-Token: {BOT.token}\n"
        f"  without the role bot: X-User-Id: {PLAIN.id}  X-Auth-Token: {PLAIN.token}\n"
        f"Stop with Ctrl-C."
    )


def serve(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Run until a signal comes. Raises OSError when the port is taken."""
    rate: Rate = options["rate_limit"]
    sandbox = Sandbox(options["port"], (rate.calls, rate.seconds), host=options["host"], names=options["name"])
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    with sandbox:
        write(describe(sandbox))
        over.wait()
