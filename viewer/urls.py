from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from viewer import health, metrics
from viewer.access import opening
from viewer.openapi import document as openapi
from viewer.people import company, invitations, pair_settings, record_page, shares, sign_in
from viewer.people import people_page as people
from viewer.qa import expect, plans, run_pages, runs
from viewer.stream import (
    api,
    checklist,
    deletion,
    deliveries,
    explanations,
    export,
    pages,
    reveal,
    saved_views,
    validate,
)
from viewer.support import support_page as support
from viewer.support import why

urlpatterns = [
    # people
    path("", pages.pairs, name="pairs"),
    path("pairs/<int:pair_id>/", pages.stream, name="stream"),
    path("pairs/new/", pair_settings.new_pair, name="new-pair"),
    path("pairs/<int:pair_id>/settings/", pair_settings.settings_page, name="pair-settings"),
    path("pairs/<int:pair_id>/plan/", plans.page, name="plan"),
    path("pairs/<int:pair_id>/runs/", run_pages.runs, name="runs"),
    path("pairs/<int:pair_id>/runs/<int:run_id>/", run_pages.run, name="run"),
    path("pairs/<int:pair_id>/why/", why.page, name="why"),
    path("shared/open/<str:token>/", shares.by_link, name="share-link"),
    path("shared/<int:link_id>/", shares.page, name="share"),
    path("account/", people.account, name="account"),
    path("invitation/<str:token>/", invitations.by_link, name="invitation"),
    # staff
    path("people/", people.people, name="people"),
    path("support/", support.desk, name="support"),
    path("record/", record_page.record, name="record"),
    path("strays/", pages.strays, name="strays"),
    path("help/problems", explanations.problems, name="problems"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/<str:token>/", sign_in.by_link, name="sign-in-link"),
    path("oidc/", company.begin, name="oidc-begin"),
    path("oidc/callback/", company.callback, name="oidc-callback"),
    path("open/", opening.open_pair, name="open"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    # scripts, and the page's own
    path("api/events", api.by_method(GET=api.events, DELETE=deletion.delete_events)),
    path("api/events/<int:seq>", api.event),
    path("api/deliveries", deliveries.deliveries),
    path("api/deliveries/<int:delivery>", deliveries.delivery),
    path("api/keys", reveal.reveal),
    path("api/strays", support.new_strays),
    path("api/summary", api.summarize),
    path("api/fields", api.names_of_fields),
    path("api/coverage", api.names),
    path("api/mistake", api.mistake_in),
    path("api/chart", api.bars),
    path("api/export", export.export),
    path("api/checklist", checklist.checklist),
    path(
        "api/views",
        api.by_method(GET=saved_views.list_views, POST=saved_views.add_view),
    ),
    path(
        "api/views/<int:view_id>",
        api.by_method(PUT=saved_views.change_view, DELETE=saved_views.delete_view),
    ),
    path("api/plan", api.by_method(GET=plans.plan, PUT=plans.put_plan)),
    path("api/plan/versions", plans.versions),
    path("api/plan/inferred", plans.inferred),
    path("api/runs", api.by_method(GET=runs.list_runs, POST=runs.begin_run)),
    path("api/runs/finish", api.by_method(POST=runs.finish_run)),
    path("api/runs/report", runs.report_of),
    path("api/runs/<int:run_id>", api.by_method(GET=runs.run, PUT=runs.change_run)),
    path("api/runs/<int:run_id>/finish", api.by_method(POST=runs.finish_run)),
    path("api/runs/<int:run_id>/report", runs.report_of),
    path("api/runs/<int:run_id>/comparison", runs.compare),
    path("api/openapi.json", openapi.document),
    path("api/expect", expect.expect),
    path("api/validate", validate.validate),
    path("api/<path:rest>", api.nothing_here),
    # operators
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", metrics.metrics),
]
