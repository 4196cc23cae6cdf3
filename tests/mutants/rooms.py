"""Which rooms are changed, and which changes need not be noticed."""

from __future__ import annotations

ROOMS = (
    "deliveries/acknowledging.py",
    "deliveries/rocketchat/answers.py",
    "deliveries/outbox/budget.py",
    "deliveries/accept/conversations.py",
    "deliveries/foresight/deciding.py",
    "deliveries/outbox/digest.py",
    "deliveries/accept/endings.py",
    "deliveries/accept/ghosts.py",
    "deliveries/accept/hearing.py",
    "deliveries/accept/ingest.py",
    "deliveries/accept/lateness.py",
    "deliveries/accept/plan.py",
    "deliveries/outbox/probes.py",
    "deliveries/outbox/retry.py",
    "deliveries/send/sender.py",
    "deliveries/accept/telling.py",
    "deliveries/accept/waking.py",
    "deliveries/outbox",
    "deliveries/alertmanager",
    "routing/rules/decision.py",
    "routing/rules/explanation.py",
    "routing/rules/lint.py",
    "routing/rules/severity.py",
    "routing/rules/silencing.py",
    "routing/rules/matchers",
    "routing/rules/windows",
)

TESTS = ("tests/deliveries", "tests/routing", "tests/faults")

# (file, function, change as it is shown) -> why nobody can notice it. A change that is listed and noticed is an error.
UNNOTICED: dict[tuple[str, str, str], str] = {}
