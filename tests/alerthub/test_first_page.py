"""The admin's first page for people without any permission."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("is_superuser", "told"), [(False, True), (True, False)])
def test_a_person_without_permissions_is_told_whom_to_ask(client: Client, is_superuser: bool, told: bool) -> None:
    client.force_login(User.objects.create_user("bob", is_staff=True, is_superuser=is_superuser))
    assert ("has no permissions yet" in client.get("/admin/").content.decode()) is told
