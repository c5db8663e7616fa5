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

# addresses of earlier versions, and where they are now
MOVED = {
    "record/": "/audit-log/",
    "strays/": "/unmatched-requests/",
    "api/strays": "/api/unmatched-requests",
}

urlpatterns = [
    *(
        path(old, RedirectView.as_view(url=new, permanent=True, query_string=True))
        for old, new in MOVED.items()
    ),
    # people
    path("", pages.key_pairs_page, name="pairs"),
    path("pairs/<int:pair_id>/", pages.stream_page, name="stream"),
    path("pairs/new/", key_pair_settings.new_key_pair, name="new-pair"),
    path(
        "pairs/<int:pair_id>/settings/", key_pair_settings.key_pair_settings, name="pair-settings"
    ),
    path("pairs/<int:pair_id>/plan/", plan_views.plan_page, name="plan"),
    path("pairs/<int:pair_id>/runs/", run_pages.runs_page, name="runs"),
    path("pairs/<int:pair_id>/runs/<int:run_id>/", run_pages.run_page, name="run"),
    path("pairs/<int:pair_id>/why/", troubleshoot.troubleshoot_page, name="why"),
    path("shared/open/<str:token>/", share_links.share_link_page, name="share-link"),
    path("shared/<int:link_id>/", share_links.shared_page, name="share"),
    path("account/", people_page.account_page, name="account"),
    path("invitation/<str:token>/", invitations.invitation_page, name="invitation"),
    # staff
    path("people/", people_page.people_page, name="people"),
    path("support/", support_desk.support_desk, name="support"),
    path("audit-log/", audit_log_page.audit_log, name="audit-log"),
    path("unmatched-requests/", pages.unmatched_requests_page, name="unmatched-requests"),
    path("help/problems", problem_help.problems_page, name="problems"),
    path("sign-in/", sign_in.sign_in_page, name="sign-in"),
    path("sign-in/<str:token>/", sign_in.sign_in_link_page, name="sign-in-link"),
    path("oidc/", sso_views.sso_begin, name="oidc-begin"),
    path("oidc/callback/", sso_views.sso_callback, name="oidc-callback"),
    path("open/", key_login.open_key_pair_page, name="open"),
    path("sign-out/", sign_in.sign_out_page, name="sign-out"),
    # scripts, and the page's own
    path("api/events", by_method(GET=event_views.list_events, DELETE=deletion.delete_events)),
    path("api/events/<int:seq>", event_views.get_event),
    path("api/deliveries", deliveries.list_deliveries),
    path("api/deliveries/<int:delivery>", deliveries.get_delivery),
    path("api/keys", keys_view.reveal),
    path("api/unmatched-requests", support_desk.list_unmatched),
    path("api/summary", event_views.get_summary),
    path("api/fields", event_views.list_fields),
    path("api/coverage", event_views.get_coverage),
    path("api/mistake", event_views.check_query),
    path("api/chart", event_views.get_chart),
    path("api/export", export.export_events),
    path("api/checklist", checklist.checklist),
    path(
        "api/views",
        by_method(GET=saved_views.list_views, POST=saved_views.add_view),
    ),
    path(
        "api/views/<int:view_id>",
        by_method(PUT=saved_views.change_view, DELETE=saved_views.delete_view),
    ),
    path("api/plan", by_method(GET=plan_views.get_plan, PUT=plan_views.put_plan)),
    path("api/plan/versions", plan_views.list_versions),
    path("api/plan/inferred", plan_views.get_inferred_plan),
    path("api/runs", by_method(GET=runs.list_runs, POST=runs.begin_run)),
    path("api/runs/finish", by_method(POST=runs.finish_run)),
    path("api/runs/report", runs.get_report),
    path("api/runs/<int:run_id>", by_method(GET=runs.get_run, PUT=runs.change_run)),
    path("api/runs/<int:run_id>/finish", by_method(POST=runs.finish_run)),
    path("api/runs/<int:run_id>/report", runs.get_report),
    path("api/runs/<int:run_id>/comparison", runs.get_comparison),
    path("api/openapi.json", openapi_document.openapi_document),
    path("api/expect", expect.expect),
    path("api/validate", validate.validate),
    path("api/<path:rest>", event_views.api_not_found),
    # operators
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics_page),
]
