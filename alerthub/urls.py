"""Every address begins here."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from alerthub import admin as pages
from alerthub import api
from alerthub.menu import find, navigation
from alerthub.web import probes, scrape
from deliveries.admin import answer, report, tester, wall
from deliveries.admin.home import steps as first_steps
from deliveries.door.views import AlertmanagerWebhook
from routing.admin import changes

# Whatever no view answers is answered with a sentence.
handler400, handler500 = "alerthub.web.sentences.unreadable", "alerthub.web.sentences.mistake"
# With and without the slash, never a redirect: a redirect turns Alertmanager's POST into a GET.
webhook = AlertmanagerWebhook.as_view()

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"^webhook/?$", webhook, name="webhook"),
    re_path(r"^api/v1/alertmanager/?$", webhook),
    path("api/", include(api)),
    re_path(r"^health/?$", probes.health),
    re_path(r"^livez/?$", probes.livez),
    re_path(r"^readyz/?$", probes.readyz),
    re_path(r"^metrics/?$", scrape.metrics),
    re_path(r"^wall/(?P<token>[^/]+)/?$", wall.view, name="wall"),
    path("admin/first-steps/", admin.site.admin_view(first_steps.view), name="first_steps"),
    path("admin/changes/", admin.site.admin_view(changes.page), name="changes"),
    path("admin/tester/", admin.site.admin_view(tester.view), name="rule_tester"),
    path("admin/report/", admin.site.admin_view(report.view), name="report"),
    path("admin/report/report.csv", admin.site.admin_view(report.as_csv), name="report_csv"),
    path("admin/why/", admin.site.admin_view(answer.view), name="why"),
    path("admin/find/", admin.site.admin_view(find.view), name="find"),
    path("admin/counts/", admin.site.admin_view(navigation.counts), name="menu_counts"),
    path("admin/password_change/done/", admin.site.admin_view(pages.password_changed)),
    path("admin/", admin.site.urls),
    path("", require_safe(RedirectView.as_view(pattern_name="admin:index"))),
]
