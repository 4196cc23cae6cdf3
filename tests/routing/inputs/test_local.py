"""Which addresses lead anywhere from another machine."""

from __future__ import annotations

import pytest

from routing.inputs import local


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8093", "https://LOCALHOST./alerthub", "http://alerthub.localhost", "http://127.0.0.1:8093",
        "http://127.1.2.3", "http://[::1]:8093", "http://0.0.0.0:8093", "http://[::]",
    ],
)  # fmt: skip
def test_addresses_of_the_machine_itself_lead_nowhere_from_another(url: str) -> None:
    assert local.is_of_this_machine(url)


@pytest.mark.parametrize(
    "url",
    ["https://alerthub.example.com", "http://10.0.0.7:8093", "http://[2001:db8::1]", "http://localhost.example.com", "http://notlocalhost"],
)  # fmt: skip
def test_other_addresses_may_be_reached(url: str) -> None:
    assert not local.is_of_this_machine(url)
