from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from viewer import pages
from viewer.accounts import (
    audit_log_page,
    invitations,
    key_pair_settings,
    key_sign_in,
    people_page,
    sign_in,
)
from viewer.api.event_views import api_not_found
from viewer.api.rest_api import openapi_document, rest_urls
from viewer.http import health, metrics
from viewer.onboarding import problem_help
from viewer.qa import run_pages
from viewer.sharing import share_links
from viewer.sso import views as sso_views
from viewer.support import support_desk, troubleshoot
from viewer.tracking_plans import views as plan_views

SETTINGS = "pairs/<int:pair_id>/settings"
# redirects from addresses of earlier versions
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
    path(f"{SETTINGS}/", key_pair_settings.key_pair_settings, name="pair-settings"),
    path(f"{SETTINGS}/rename/", key_pair_settings.rename_pair, name="rename-pair"),
    path(f"{SETTINGS}/reveal/", key_pair_settings.reveal_keys_page, name="reveal-keys"),
    path(f"{SETTINGS}/rotate/", key_pair_settings.rotate_pair_keys, name="rotate-keys"),
    path(f"{SETTINGS}/end-old-keys/", key_pair_settings.end_old_keys, name="end-old-keys"),
    path(f"{SETTINGS}/retention/", key_pair_settings.change_retention, name="retention"),
    path(f"{SETTINGS}/senders/", key_pair_settings.change_senders, name="senders"),
    path(f"{SETTINGS}/delete/", key_pair_settings.delete_pair, name="delete-pair"),
    path(f"{SETTINGS}/change-role/", key_pair_settings.change_role, name="change-role"),
    path(f"{SETTINGS}/remove-member/", key_pair_settings.remove_member, name="remove-member"),
    path(f"{SETTINGS}/invite/", key_pair_settings.invite_member, name="invite-member"),
    path(f"{SETTINGS}/uninvite/", key_pair_settings.uninvite_member, name="uninvite-member"),
    path(f"{SETTINGS}/share/", key_pair_settings.share_pair, name="share-pair"),
    path(f"{SETTINGS}/revoke-share/", key_pair_settings.revoke_share, name="revoke-share"),
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
    path("people/invite/", people_page.invite_person, name="invite-person"),
    path("people/uninvite/", people_page.uninvite_person, name="uninvite-person"),
    path("people/change/", people_page.change_person, name="change-person"),
    path("support/", support_desk.support_desk, name="support"),
    path("audit-log/", audit_log_page.audit_log, name="audit-log"),
    path("unmatched-requests/", pages.unmatched_requests_page, name="unmatched-requests"),
    path("help/problems", problem_help.problems_page, name="problems"),
    path("sign-in/", sign_in.sign_in_page, name="sign-in"),
    path("sign-in/<str:token>/", sign_in.sign_in_link_page, name="sign-in-link"),
    path("oidc/", sso_views.sso_begin, name="oidc-begin"),
    path("oidc/callback/", sso_views.sso_callback, name="oidc-callback"),
    path("open/", key_sign_in.open_key_pair_page, name="open"),
    path("sign-out/", sign_in.sign_out_page, name="sign-out"),
    # REST, for scripts and the page
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
