from django.urls import path

from viewer import (
    api,
    checklist,
    deletion,
    deliveries,
    explanations,
    export,
    health,
    metrics,
    pages,
    saved_views,
    sign_in,
    validate,
)

urlpatterns = [
    # people
    path("", pages.pairs, name="pairs"),
    path("pairs/<int:pair_id>/", pages.stream, name="stream"),
    path("strays/", pages.strays, name="strays"),
    path("help/problems", explanations.problems, name="problems"),
    path("sign-in/", sign_in.signed_out, name="sign-in"),
    path("sign-in/<str:token>/", sign_in.by_link, name="sign-in-link"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    # scripts, and the page's own
    path("api/events", api.by_method(GET=api.events, DELETE=deletion.delete_events)),
    path("api/events/<int:seq>", api.event),
    path("api/deliveries", deliveries.deliveries),
    path("api/deliveries/<int:delivery>", deliveries.delivery),
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
    path("api/validate", validate.validate),
    path("api/<path:rest>", api.nothing_here),
    # operators
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", metrics.metrics),
]
