"""Which rooms are changed, and which changes need not be noticed."""

from __future__ import annotations

ROOMS = (
    "deliveries/acknowledging.py",
    "deliveries/answers.py",
    "deliveries/budget.py",
    "deliveries/conversations.py",
    "deliveries/deciding.py",
    "deliveries/digest.py",
    "deliveries/endings.py",
    "deliveries/ghosts.py",
    "deliveries/hearing.py",
    "deliveries/ingest.py",
    "deliveries/lateness.py",
    "deliveries/plan.py",
    "deliveries/probes.py",
    "deliveries/retry.py",
    "deliveries/sender.py",
    "deliveries/telling.py",
    "deliveries/waking.py",
    "deliveries/outbox",
    "deliveries/alertmanager",
    "routing/decision.py",
    "routing/explanation.py",
    "routing/lint.py",
    "routing/severity.py",
    "routing/silencing.py",
    "routing/matchers",
    "routing/windows",
)

TESTS = ("tests/deliveries", "tests/routing", "tests/faults")

# (file, function, change as it is shown) -> why nobody can notice it. A change that is listed and noticed is an error.
UNNOTICED: dict[tuple[str, str, str], str] = {}
