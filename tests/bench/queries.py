"""How many statements an accepted notification and a drained batch take: as many for a large one as for a small one."""

from __future__ import annotations

# isort: off
from tests.bench import rig  # sets Django up, so it comes first
from alerthub.sandbox import Sandbox
from tests import factories
from tests.deliveries import statements

ALERTS, MESSAGES, MOST = (1, 10, 200), (1, 8, 64), 8


def main() -> None:
    rig.prepare("http://127.0.0.1:9")
    with Sandbox(rate_limit=None) as sandbox:
        target = factories.make_target("queries", sandbox.hook("#queries").url)
        rig.tell_only(target)
        accepted = [statements.of_post(rig.TOKEN, count).statements for count in ALERTS]
        drained = [statements.of_drain(target, count).statements for count in MESSAGES]
    rig.report(
        rig.ratio("queries of a notification, at most", max(accepted), most=MOST),
        rig.ratio(f"  {_shown(ALERTS)} alerts: {_shown(accepted)}", max(accepted) / min(accepted), most=1.0),
        rig.ratio(f"queries of a batch of {_shown(MESSAGES)}: {_shown(drained)}", max(drained) / drained[0], most=1.0),
    )


def _shown(numbers: list[int] | tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))


if __name__ == "__main__":
    main()
