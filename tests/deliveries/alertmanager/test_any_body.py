"""Whatever comes is read or refused: bodies that nobody thought of."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from deliveries.alertmanager import FLAGS, read
from deliveries.alertmanager.malformed import REASONS
from tests.deliveries.alertmanager.bodies import ALERT, BODY, outcome

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)

ODD_ALERT = st.dictionaries(st.sampled_from(sorted(ALERT)), JSON) | JSON

ODD_BODY = st.fixed_dictionaries(
    {"alerts": st.lists(ODD_ALERT, max_size=3)}, optional={key: JSON for key in BODY if key != "alerts"}
)


@settings(max_examples=150, deadline=None)
@given(ODD_BODY)
def test_any_object_with_a_list_of_alerts_is_read(body: dict[str, Any]) -> None:
    payload = read(json.dumps(body).encode())
    payload.group_key.encode()
    assert {flag.partition(":")[0] for flag in payload.flags} <= FLAGS.keys()
    assert all(set(one.flags) <= FLAGS.keys() for one in payload.alerts)


@settings(max_examples=150, deadline=None)
@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert outcome(body) in {"read", *REASONS}
