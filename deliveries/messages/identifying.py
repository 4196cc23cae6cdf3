"""Which labels say what is broken and in which order labels are told: whose and which workload first, the exporter's last."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Labels = Mapping[str, str]

_OWNERS = ("team", "owner", "squad")
_ENVIRONMENTS = ("env", "environment", "stage", "deployment_environment")
_PRODUCTION = re.compile(r"(?:prod|production|prd|live)\b", re.IGNORECASE)
# One of each kind identifies; which is named first is looked for first.
_KINDS = (
    ("service", "app", "application", "service_name", "workload", "deployment", "statefulset", "daemonset", "cronjob",
     "job_name", "horizontalpodautoscaler", "poddisruptionbudget", "rulename"),
    ("exported_instance", "instance", "host", "hostname", "node", "nodename", "server", "target"),
    ("exported_namespace", "namespace", "kubernetes_namespace", "k8s_namespace_name", "k8s_ns_name"),
    ("exported_pod", "pod", "pod_name", "kubernetes_pod_name", "k8s_pod_name"),
    ("mountpoint", "device", "ifName", "interface", "persistentvolumeclaim", "volume", "queue", "topic", "datname",
     "database"),
    ("cluster",),
)  # fmt: skip
# How the metric was collected.
_COLLECTED = (
    "endpoint", "job", "prometheus", "prometheus_replica", "container", "metrics_path", "uid", "container_id",
    "evt_time", "datasource_uid", "ref_id",
)  # fmt: skip
_EXPORTER = re.compile(r"exporter|kube-state-metrics|kubelet|cadvisor|blackbox|pushgateway")
_TELLS_OF_OTHERS = re.compile(r"kube-state-metrics|pushgateway")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|\[[0-9a-fA-F:]+\](?::\d+)?")
_NEVER = ("alertname", "severity")
_MOST = 4
_MOST_OTHERS = 2
_MOST_DIFFERING = 3
_READ = 200  # alerts, to find what tells them apart

_Place = tuple[int, int]
_PLACES: dict[str, _Place] = {
    name: (place, number)
    for place, kind in enumerate((_OWNERS, _KINDS[0], _ENVIRONMENTS, *_KINDS[1:]))
    for number, name in enumerate(kind)
}
_FIRST, _ELSE, _LAST = (-1, 0), (len(_KINDS) + 2, 0), (len(_KINDS) + 3, 0)


@dataclass(frozen=True, slots=True)
class Identity:
    """A label that identifies, with the different values that the alerts have, in their order."""

    name: str
    values: tuple[str, ...]
    differs: bool


def distinctive(labels: Labels) -> dict[str, str]:
    """All but the name and the severity, which a headline says in any case."""
    named_by_rule = not labels.get("alertname")
    return {
        name: value
        for name, value in labels.items()
        if name not in _NEVER and not (named_by_rule and name == "rule")
    }  # fmt: skip


def in_order(labels: Labels, whole: Labels | None = None) -> dict[str, str]:
    """The distinctive ones: owner and workload, what identifies, the others as they came, last what the exporter added.

    `whole` are all labels of the alert, if `labels` are some of them.
    """
    found, last = distinctive(labels), of_the_exporter(whole or labels)
    return {name: found[name] for name in sorted(found, key=lambda name: _place(name, last))}


def identities(alerts: Sequence[Labels]) -> list[Identity]:
    """Those that differ between the alerts, as few as tell them apart, and those that identify all of them.

    The environment is among them unless it is production. With nothing that is known to identify, what there is does.
    """
    if not alerts:
        return []
    common = dict(alerts[0])
    for each in alerts:
        if each.items() >= common.items():
            continue
        common = {name: value for name, value in common.items() if each.get(name) == value}
    some = alerts[:_READ]
    last = frozenset.intersection(*map(of_the_exporter, some))
    differing = _differing(some, set(common), last)
    fixed = _fixed(common, last, _MOST - len(differing), {_kind(name) for name in differing})
    chosen = [*fixed, *differing] or _others(common, last)
    # Empty labels are left out when a notification is read; whoever calls with one gets no empty word either.
    values = {name: tuple(dict.fromkeys(each[name] for each in alerts if each.get(name))) for name in chosen}
    return [
        Identity(name, values[name], name not in common)
        for name in sorted(chosen, key=lambda name: _told_at(name, last))
        if values[name]
    ]


def _differing(alerts: Sequence[Labels], common: set[str], last: frozenset[str]) -> list[str]:
    names = {name: None for each in alerts for name in distinctive(each) if name not in common}
    ordered = sorted((name for name in names if name not in _OWNERS), key=lambda name: _place(name, last))
    chosen: list[str] = []
    told_apart, all_of_them = 1, len({tuple(sorted(each.items())) for each in alerts})
    for name in ordered:
        if told_apart == all_of_them or len(chosen) == _MOST_DIFFERING or (chosen and name in last):
            break
        count = len({tuple(each.get(known) for known in [*chosen, name]) for each in alerts})
        if count > told_apart:
            chosen.append(name)
            told_apart = count
    return chosen


def _fixed(common: Labels, last: frozenset[str], most: int, told: set[int]) -> list[str]:
    environments = [name for name in _ENVIRONMENTS if name in common and not _PRODUCTION.match(common[name])]
    found = [
        next((name for name in kind if name in common and name not in last), "")
        for number, kind in enumerate(_KINDS)
        if number not in told
    ]
    return environments[:1] + [name for name in found if name][: max(most, 0)]


def _others(common: Labels, last: frozenset[str]) -> list[str]:
    names = [name for name in in_order(common) if name not in (*_OWNERS, *_ENVIRONMENTS)]
    return ([name for name in names if name not in last] or names)[:_MOST_OTHERS]


def of_the_exporter(labels: Labels) -> frozenset[str]:
    """The labels that say who measured, not what: a node exporter's own pod, the address of kube-state-metrics."""
    found = {name for name in _COLLECTED if name in labels}
    found |= {name for name in labels if f"exported_{name}" in labels}
    collectors = [labels[name] for name in ("job", "service") if name in labels]
    if any(map(_EXPORTER.search, collectors)) and not {"instance", "pod"}.isdisjoint(labels):
        found |= {"service"} if _EXPORTER.search(labels.get("service", "")) else set()
        found |= {"pod", "namespace"} if _EXPORTER.search(labels.get("pod", "")) else set()
        found |= {"instance"} if any(map(_TELLS_OF_OTHERS.search, collectors)) else set()
    # A pod's own address says less than its name.
    if "pod" in labels and "pod" not in found and _ADDRESS.fullmatch(labels.get("instance", "")):
        found.add("instance")
    return frozenset(found)


def _place(name: str, last: frozenset[str]) -> _Place:
    return _LAST if name in last else _PLACES.get(name, _ELSE)


def _told_at(name: str, last: frozenset[str]) -> _Place:
    """In a headline the environment stands first: it says whether to get up."""
    return _FIRST if name in _ENVIRONMENTS else _place(name, last)


def _kind(name: str) -> int:
    return next((number for number, kind in enumerate(_KINDS) if name in kind), -1)
