"""First steps: from an empty AlertHub to a real room, each ticked by what is known. Gone when all are done, or hidden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from deliveries.admin import lane
from deliveries.figures.counts import Came
from routing.admin import token_page
from routing.inputs import local
from routing.models import Target
from routing.rulebook import Book

_COOKIE = "first_steps"
_KEPT_FOR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Known:
    """What the steps are ticked by. `rooms` are the enabled targets whose address leads to another machine."""

    came: bool
    from_alertmanager: bool
    targets: Sequence[Target]
    rooms: Sequence[Target]
    proven: bool
    public_url: str
    hears: bool

    @property
    def works(self) -> bool:
        return self.came and self.proven


@dataclass(frozen=True, slots=True)
class Step:
    """`says` is what to do, `page` where, `place` that page's name; `copy` is a text to copy with its label."""

    key: str
    title: str
    done: bool
    says: str = ""
    page: str = ""
    place: str = ""
    copy: str = ""
    label: str = ""


def known(targets: Sequence[Target], came: Came) -> Known:
    """`targets` are all there are, with server and lane."""
    rooms = [row for row in targets if row.enabled and _leads_out(row)]
    lanes = [found for row in rooms if (found := lane.of(row)) is not None]
    return Known(
        came=came.last is not None,
        from_alertmanager=bool(came.by_alertmanager),
        targets=targets,
        rooms=rooms,
        proven=any(one.is_proven for one in lanes),
        public_url=settings.PUBLIC_URL,
        hears=any(row.enabled and row.hears_troubles for row in targets),
    )


def card(request: HttpRequest, facts: Known, book: Book) -> dict[str, Any]:
    """Nothing once all is done. For who sets AlertHub up: whoever may try a target may do some of the steps at least."""
    if not _may(request):
        return {"first_steps": [], "steps_hidden": False}
    if request.COOKIES.get(_cookie()) == str(request.user.pk):
        return {"first_steps": [], "steps_hidden": True}
    steps = list(_steps(request, facts, book))
    done = sum(step.done for step in steps)
    return {
        "first_steps": steps if done < len(steps) else [],
        "steps_done": done,
        # Unfolded, until what comes reaches people: then nothing is in their way any more.
        "next_step": "" if facts.works else next((step.key for step in steps if not step.done), ""),
        "steps_hidden": False,
    }


@require_POST
def view(request: HttpRequest) -> HttpResponse:
    """Hides the steps for this person in this browser, or shows them again; leads back to the first page."""
    response = HttpResponseRedirect(reverse("admin:index"))
    if "show" in request.POST:
        response.delete_cookie(_cookie(), path=settings.SESSION_COOKIE_PATH)
        return response
    response.set_cookie(
        _cookie(), str(request.user.pk), max_age=_KEPT_FOR, path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
    )  # fmt: skip
    return response


def _cookie() -> str:
    # As unlike those of another AlertHub on this host as the session's is.
    return f"{settings.SESSION_COOKIE_NAME}_{_COOKIE}"


def _may(request: HttpRequest) -> bool:
    return request.user.has_perm("routing.test_target")


def _leads_out(target: Target) -> bool:
    """The sandbox stands on this machine; a Rocket.Chat that people use does not, as a rule."""
    origin = target.server.base_url if target.server is not None else target.webhook_origin
    return bool(origin) and not local.is_of_this_machine(origin)


def _steps(request: HttpRequest, facts: Known, book: Book) -> Iterator[Step]:
    token, place = _token_page(request, book)
    yield Step(
        "alert", "Send a first alert", facts.came,
        "Run this line with a token of the source in the place of TOKEN: the first start printed one, or make another. The "
        "tick comes by itself.",
        token, place, token_page.try_line("TOKEN"), "curl line",
    )  # fmt: skip
    yield Step(
        "alertmanager", "Let Alertmanager post here", facts.from_alertmanager,
        "Put this into alertmanager.yml with a token of the source, name the receiver in a route, and reload Alertmanager.",
        token, place, token_page.receiver_lines("TOKEN"), "lines for alertmanager.yml",
    )  # fmt: skip
    yield Step(
        "room", "Tell a real room", bool(facts.rooms),
        "Make an incoming webhook in Rocket.Chat and paste its address into a target, in the place of the sandbox's; then enable it.",
        *_room_page(request, facts.targets),
    )  # fmt: skip
    yield Step(
        "test", "Send it a test message", facts.proven,
        "See with a test message whether it arrives where it should.", *_test_page(facts),
    )  # fmt: skip
    yield Step(
        "address", "Say how people reach AlertHub", not local.is_of_this_machine(facts.public_url),
        f"Links in messages begin with {facts.public_url}, which leads nowhere from another machine: set "
        "ALERTHUB_PUBLIC_URL (in .env, or for the container) and restart AlertHub.",
    )  # fmt: skip
    yield Step(
        "troubles", "Let a room hear of AlertHub's own troubles", facts.hears,
        "Open a target that somebody reads and tick “hears AlertHub's own troubles”.",
        reverse("admin:routing_target_changelist"), "Targets",
    )  # fmt: skip


def _token_page(request: HttpRequest, book: Book) -> tuple[str, str]:
    """Where a token is made: of the only source, if there is one and the person may."""
    sources = list(book.severity_labels)
    if len(sources) == 1 and request.user.has_perm("routing.add_ingesttoken"):
        return reverse("admin:routing_source_new_token", args=sources), "New token"
    return reverse("admin:routing_source_changelist"), "Sources"


def _room_page(request: HttpRequest, targets: Sequence[Target]) -> tuple[str, str]:
    """The first target that leads nowhere else yet; else a new one."""
    row = next((row for row in targets if not _leads_out(row)), None)
    if row is not None:
        return reverse("admin:routing_target_change", args=[row.pk]), f"Target {row}"
    if request.user.has_perm("routing.add_target"):
        return reverse("admin:routing_target_add"), "New target"
    return reverse("admin:routing_target_changelist"), "Targets"


def _test_page(facts: Known) -> tuple[str, str]:
    row = next(iter(facts.rooms), None)
    if row is None:
        return reverse("admin:routing_target_changelist"), "Targets"
    return reverse("admin:routing_target_send_test", args=[row.pk]), f"Test message to {row}"
