from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from viewer import pages
from viewer.access import key_login
from viewer.accounts import audit_log_page, invitations, key_pair_settings, people_page, sign_in
from viewer.api import event_views, openapi_document
from viewer.events import deletion, deliveries, saved_views
from viewer.export import export
from viewer.http import health, metrics
from viewer.onboarding import checklist, keys_view, problem_help, validate
from viewer.qa import expect, run_pages, runs
from viewer.rest.requests import by_method
from viewer.sharing import share_links
from viewer.sso import views as sso_views
from viewer.support import support_desk, troubleshoot
from viewer.tracking_plans import views as plan_views

urlpatterns = [
    # people
    path("", pages.pairs, name="pairs"),
    path("pairs/<int:pair_id>/", pages.stream, name="stream"),
    path("pairs/new/", key_pair_settings.new_pair, name="new-pair"),
    path("pairs/<int:pair_id>/settings/", key_pair_settings.settings_page, name="pair-settings"),
    path("pairs/<int:pair_id>/plan/", plan_views.page, name="plan"),
    path("pairs/<int:pair_id>/runs/", run_pages.runs, name="runs"),
    path("pairs/<int:pair_id>/runs/<int:run_id>/", run_pages.run, name="run"),
    path("pairs/<int:pair_id>/why/", troubleshoot.page, name="why"),
    path("shared/open/<str:token>/", share_links.by_link, name="share-link"),
    path("shared/<int:link_id>/", share_links.page, name="share"),
    path("account/", people_page.account, name="account"),
    path("invitation/<str:token>/", invitations.by_link, name="invitation"),
    # staff
    path("people/", people_page.people, name="people"),
    path("support/", support_desk.desk, name="support"),
    path("record/", audit_log_page.record, name="record"),
    path("strays/", pages.strays, name="strays"),
    path("help/problems", problem_help.problems, name="problems"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/<str:token>/", sign_in.by_link, name="sign-in-link"),
    path("oidc/", sso_views.begin, name="oidc-begin"),
    path("oidc/callback/", sso_views.callback, name="oidc-callback"),
    path("open/", key_login.open_pair, name="open"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    # scripts, and the page's own
    path("api/events", by_method(GET=event_views.events, DELETE=deletion.delete_events)),
    path("api/events/<int:seq>", event_views.event),
    path("api/deliveries", deliveries.deliveries),
    path("api/deliveries/<int:delivery>", deliveries.delivery),
    path("api/keys", keys_view.reveal),
    path("api/strays", support_desk.new_strays),
    path("api/summary", event_views.summarize),
    path("api/fields", event_views.names_of_fields),
    path("api/coverage", event_views.names),
    path("api/mistake", event_views.mistake_in),
    path("api/chart", event_views.bars),
    path("api/export", export.export),
    path("api/checklist", checklist.checklist),
    path(
        "api/views",
        by_method(GET=saved_views.list_views, POST=saved_views.add_view),
    ),
    path(
        "api/views/<int:view_id>",
        by_method(PUT=saved_views.change_view, DELETE=saved_views.delete_view),
    ),
    path("api/plan", by_method(GET=plan_views.plan, PUT=plan_views.put_plan)),
    path("api/plan/versions", plan_views.versions),
    path("api/plan/inferred", plan_views.inferred),
    path("api/runs", by_method(GET=runs.list_runs, POST=runs.begin_run)),
    path("api/runs/finish", by_method(POST=runs.finish_run)),
    path("api/runs/report", runs.report_of),
    path("api/runs/<int:run_id>", by_method(GET=runs.run, PUT=runs.change_run)),
    path("api/runs/<int:run_id>/finish", by_method(POST=runs.finish_run)),
    path("api/runs/<int:run_id>/report", runs.report_of),
    path("api/runs/<int:run_id>/comparison", runs.compare),
    path("api/openapi.json", openapi_document.document),
    path("api/expect", expect.expect),
    path("api/validate", validate.validate),
    path("api/<path:rest>", event_views.nothing_here),
    # operators
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", metrics.metrics),
]
