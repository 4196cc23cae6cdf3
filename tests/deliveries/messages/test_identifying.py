"""Which labels say what is broken, on the labels that exporters really send."""

from __future__ import annotations

import pytest

from deliveries.messages import identifying

KUBE = {
    "alertname": "KubePodCrashLooping", "container": "app", "endpoint": "http", "instance": "10.244.1.7:8080",
    "job": "kube-state-metrics", "namespace": "shop", "pod": "web-1", "prometheus": "monitoring/k8s",
    "service": "kube-state-metrics", "uid": "7",
}  # fmt: skip
NODE = {
    "alertname": "NodeFilesystemAlmostOutOfSpace", "container": "node-exporter", "device": "/dev/sda1", "endpoint": "https",
    "fstype": "ext4", "instance": "worker-3", "job": "node-exporter", "mountpoint": "/var", "namespace": "monitoring",
    "pod": "node-exporter-4kx7p", "service": "node-exporter",
}  # fmt: skip


def told(*alerts: dict[str, str]) -> list[str]:
    return [f"{each.name}={','.join(each.values)}" for each in identifying.identities(alerts)]


@pytest.mark.parametrize(
    ("labels", "identities"),
    [
        pytest.param(KUBE, ["namespace=shop", "pod=web-1"], id="kube-state-metrics"),
        pytest.param(NODE, ["instance=worker-3", "mountpoint=/var"], id="node exporter"),
        pytest.param(
            NODE | {"instance": "10.0.0.3:9100"},
            ["instance=10.0.0.3:9100", "mountpoint=/var"],
            id="node exporter of a host without a name",
        ),
        pytest.param(
            {"service": "web", "instance": "10.2.3.4:80", "namespace": "shop", "pod": "web-1", "job": "web"},
            ["service=web", "namespace=shop", "pod=web-1"],
            id="an application scraped in its pod",
        ),
        pytest.param(
            {"service": "web", "instance": "vm-7:80", "namespace": "shop", "pod": "web-1"},
            ["service=web", "instance=vm-7:80", "namespace=shop", "pod=web-1"],
            id="all four",
        ),
        pytest.param(
            {"alertname": "TargetDown", "job": "node-exporter", "namespace": "monitoring", "service": "node-exporter"},
            ["service=node-exporter", "namespace=monitoring"],
            id="an exporter that is itself down",
        ),
        pytest.param(
            {"namespace": "shop", "deployment": "web", "job": "kube-state-metrics", "instance": "10.1.1.1:8080"},
            ["deployment=web", "namespace=shop"],
            id="a workload",
        ),
        pytest.param(
            {"namespace": "monitoring", "pod": "ksm-1", "exported_namespace": "shop", "exported_pod": "web-1"},
            ["exported_namespace=shop", "exported_pod=web-1"],
            id="labels that Prometheus renamed",
        ),
        pytest.param({"instance": "https://a.example", "job": "blackbox"}, ["instance=https://a.example"], id="blackbox"),
        pytest.param({"hostname": "w2", "k8s_ns_name": "shop", "k8s_pod_name": "web-1", "rule": "Shell"},
                     ["hostname=w2", "k8s_ns_name=shop", "k8s_pod_name=web-1"], id="Falco"),
        pytest.param({"alertname": "A", "rulename": "High CPU", "ref_id": "A"}, ["rulename=High CPU"], id="Grafana's error"),
        pytest.param({"service": "web", "stage": "test"}, ["stage=test", "service=web"], id="a test environment"),
        pytest.param({"env": "prod-eu", "instance": "a"}, ["instance=a"], id="a production environment"),
        pytest.param({"team": "db", "quota": "mail", "zone": "b", "rack": "7", "job": "x"}, ["quota=mail", "zone=b"],
                     id="nothing known"),
        pytest.param({"team": "db", "job": "nightly"}, ["job=nightly"], id="nothing but the exporter's"),
        pytest.param({"alertname": "A", "severity": "critical"}, [], id="nothing"),
    ],
)  # fmt: skip
def test_a_single_alert_is_identified(labels: dict[str, str], identities: list[str]) -> None:
    assert told(labels) == identities


def test_alerts_are_told_apart_by_as_few_labels_as_do_it() -> None:
    assert told(KUBE, KUBE | {"pod": "web-2", "uid": "8"}) == ["namespace=shop", "pod=web-1,web-2"]
    assert told(NODE, NODE | {"mountpoint": "/", "device": "/dev/sdb1"}) == ["instance=worker-3", "mountpoint=/var,/"]


def test_two_labels_tell_apart_what_one_does_not() -> None:
    alerts = [KUBE, KUBE | {"namespace": "mail"}, KUBE | {"namespace": "mail", "pod": "web-2"}]
    assert told(*alerts) == ["namespace=shop,mail", "pod=web-1,web-2"]


def test_a_label_that_tells_nothing_more_apart_is_left_out() -> None:
    alerts = [{"host": host, "zone": zone, "rack": rack} for host, zone, rack in ("ax1", "by1", "by2")]
    assert told(*alerts) == ["host=a,b", "rack=1,2"]


def test_what_the_exporter_says_is_not_needed_once_something_else_tells_apart() -> None:
    alerts = [{"host": host, "job": job} for host, job in ("ax", "bx", "by")]
    assert told(*alerts) == ["host=a,b"]


def test_of_each_kind_one_label_is_told() -> None:
    assert told({"instance": "a", "node": "n"}, {"instance": "b", "node": "n"}) == ["instance=a,b"]


def test_a_team_does_not_tell_alerts_apart() -> None:
    assert told({"team": "a", "host": "x"}, {"team": "b", "host": "y"}) == ["host=x,y"]


def test_what_only_the_exporter_says_tells_apart_where_nothing_else_does() -> None:
    assert told({"job": "a"}, {"job": "b"}) == ["job=a,b"]


def test_a_label_that_some_have_not_differs() -> None:
    assert told({"host": "a"}, {"host": "a", "zone": "b"}) == ["host=a", "zone=b"]


def test_no_alerts_and_empty_labels_have_no_identity() -> None:
    assert identifying.identities([]) == []
    assert identifying.identities([{"zone": ""}]) == []


def test_owner_and_workload_stand_first_and_the_exporters_last() -> None:
    labels = KUBE | {"team": "shop", "reason": "OOM", "severity": "warning", "deployment": "web"}
    assert list(identifying.in_order(labels)) == [
        "team", "deployment", "namespace", "pod", "reason", "container", "endpoint", "instance", "job", "prometheus",
        "service", "uid",
    ]  # fmt: skip


def test_some_labels_of_an_alert_are_ordered_as_in_the_whole() -> None:
    assert list(identifying.in_order({"instance": "10.1.1.1:80", "zone": "b"}, KUBE)) == ["zone", "instance"]


def test_what_prometheus_renamed_stands_before_what_it_was_renamed_for() -> None:
    labels = {"namespace": "monitoring", "exported_namespace": "shop", "zone": "b"}
    assert list(identifying.in_order(labels)) == ["exported_namespace", "zone", "namespace"]


def test_falcos_rule_is_the_name_and_not_told_again() -> None:
    assert identifying.distinctive({"rule": "Shell", "a": "b"}) == {"a": "b"}
    assert identifying.distinctive({"alertname": "X", "rule": "Shell"}) == {"rule": "Shell"}
