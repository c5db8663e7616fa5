from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from viewer import pages
from viewer.access import key_login
from viewer.accounts import audit_log_page, invitations, key_pair_settings, people_page, sign_in
from viewer.api.event_views import api_not_found
from viewer.api.rest_api import openapi_document, rest_urls
from viewer.http import health, metrics
from viewer.onboarding import problem_help
from viewer.qa import run_pages
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
    *rest_urls(),
    path("api/openapi.json", openapi_document),
    path("api/<path:rest>", api_not_found),
    # operators
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics_page),
]
