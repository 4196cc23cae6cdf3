"""Why a body is no notification: a closed set of reasons, each with the sentence that says what to change."""

from __future__ import annotations

_TEXTS = {
    "empty": "The body is empty. Send Alertmanager's webhook JSON in the body of the POST.",
    "not_json": "The body is not JSON ({detail}). Alertmanager's own webhook format is expected: remove a custom "
    "`payload:` from the receiver's webhook_configs, or check what a proxy changed on the way.",
    "too_deep": "The JSON is nested too deeply to be a notification. Remove a custom `payload:` from the receiver's "
    "webhook_configs so that Alertmanager sends its own format.",
    "too_complex": "The JSON holds too many values to be a notification. Send fewer alerts at once: set `max_alerts` "
    "in the receiver's webhook_configs, or group by more labels.",
    "bad_number": "The JSON holds a number that no one can store (NaN, Infinity or far too many digits). Send it as "
    "text, or leave it out.",
    "duplicate_key": "The JSON names a key twice in one object, so it has no single meaning. Fix the custom payload or "
    "the proxy that wrote it.",
    "not_an_object": "The body is JSON but not an object. A notification is one JSON object with an `alerts` list, as "
    "Alertmanager's webhook_configs sends it.",
    "prometheus_list": """\
This looks like Prometheus itself: it posts a bare list of alerts, meant for Alertmanager. Put Alertmanager in between.
1. prometheus.yml: point Prometheus at Alertmanager, not at AlertHub:
     alerting:
       alertmanagers:
         - static_configs: [{targets: ["alertmanager:9093"]}]
2. alertmanager.yml: point Alertmanager at AlertHub:
     receivers:
       - name: alerthub
         webhook_configs:
           - url: <this address>
             http_config: {authorization: {credentials: <the source's token>}}""",
    "no_alerts": "The JSON object has no `alerts` list, so it is no Alertmanager notification. Use webhook_configs "
    "(not slack_configs or another kind) and no custom `payload:` in alertmanager.yml.",
    "too_many_alerts": "The notification holds {detail} alerts; AlertHub takes 10000 at once. Set `max_alerts` in the "
    "receiver's webhook_configs, or group by more labels.",
}

REASONS = frozenset(_TEXTS)


class Malformed(ValueError):
    """The body is no notification. str() is for people and holds nothing of the body itself."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(_TEXTS[reason].replace("{detail}", detail))
        self.reason = reason
