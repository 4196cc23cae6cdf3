"""A deep backlog after an outage, drained by one worker: as quick as a shallow one, in the same memory."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

import psutil

# isort: off
from tests.bench import rig, rooms  # sets Django up, so it comes first
from deliveries.models import Attempt, Delivery
from routing.models import Source, Target
from tests import factories

SHALLOW, DEEP, GROUPS, RULES, CHUNK = 2000, 20_000, 4000, 5, 500
WRITERS = 2


def main() -> None:
    with ExitStack() as stack:
        sandbox = stack.enter_context(rig.room_server())
        rig.prepare(sandbox)
        hook = rooms.make_hook(sandbox, "backlog")
        target = factories.make_target("backlog", hook.url)
        rig.tell_only(target)
        _tell_often(target)
        worker = psutil.Process(stack.enter_context(rig.worker()).pid)
        rig.wait_for_workers(1)
        steady = _after_an_outage(hook, target, 0, SHALLOW)
        with _watched(worker) as memory:
            deep = _after_an_outage(hook, target, SHALLOW, DEEP)
    third = len(deep) // 3
    first, middle, last = (median(deep[place * third : (place + 1) * third]) for place in range(3))
    rig.report(
        rig.ratio(f"drain rate: backlog of {DEEP} / of {SHALLOW}", median(deep) / median(steady), least=0.8),
        rig.ratio("  its last third / its first", last / first, least=0.8),
        ("  a second: shallow; thirds of the deep one", f"{median(steady):.0f}; {first:.0f} {middle:.0f} {last:.0f}", "", True),
        rig.ratio("  memory of the worker: at its most / before", memory.most / memory.before, most=1.25),
        ("  before, at its most, after", f"{memory.before:.0f} {memory.most:.0f} {memory.now:.0f} MB", "", True),
    )  # fmt: skip


def _tell_often(target: Target) -> None:
    """A notification owes several messages, each by a rule of its own: so the backlog is accepted sooner."""
    for number in range(RULES):
        factories.make_rule(f"part {number}", [target], position=number, matchers=f'part="{number}"')


def _after_an_outage(hook: rooms.Hook, target: Target, first: int, count: int) -> list[float]:
    """Accept while the room's server is away, then let it come back; the rates of each 500 messages in turn.

    The circuit's next probe may be minutes away: here it comes at once.
    """
    fell = datetime.now(UTC)
    hook.fail("status", status=502)
    notifications = range(first, first + count // RULES)
    writers = [_writer(notifications.start + place, notifications.stop) for place in range(WRITERS)]
    assert [writer.wait() for writer in writers] == [0] * WRITERS
    rig.hold(target)
    hook.heal()
    began = datetime.now(UTC)
    rig.release(target)
    rig.wait_until(lambda: rig.drained(target), 180)
    delivered = Delivery.objects.filter(target=target, state=Delivery.State.DELIVERED, created_at__gte=fell)
    assert delivered.count() == count, (delivered.count(), count)
    sent = Attempt.objects.filter(delivery__target=target, outcome="delivered", started_at__gte=began)
    # The first ones warm up: a lane that was in trouble begins with one message at a time.
    return rig.drain_rates(sent, CHUNK)[1:]


def _writer(first: int, end: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.bench.backlog", str(first), str(end)])


def write(first: int, end: int) -> None:
    """Every second of these notifications, of alerts that nobody saw before."""
    source = Source.objects.get()
    for number in range(first, end, WRITERS):
        alerts = [factories.alert(instance=f"host-{number}", part=str(part)) for part in range(RULES)]
        body = factories.payload(*alerts, group=f'{{}}:{{group="{number % GROUPS}"}}')
        factories.accept(source, body, datetime.now(UTC))


@dataclass(slots=True)
class Memory:
    """MB of a process."""

    before: float
    most: float
    over: threading.Event = field(default_factory=threading.Event)
    now: float = 0.0


@contextmanager
def _watched(process: psutil.Process) -> Iterator[Memory]:
    memory = Memory(_megabytes(process), 0.0)

    def look() -> None:
        while not memory.over.wait(0.25):
            memory.now = _megabytes(process)
            memory.most = max(memory.most, memory.now)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memory
    finally:
        memory.over.set()
        thread.join()


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


if __name__ == "__main__":
    write(*map(int, sys.argv[1:])) if sys.argv[1:] else main()
