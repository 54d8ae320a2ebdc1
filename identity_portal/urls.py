from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from consents.api.views import check_view, receipt_view
from identity_portal.api_schema import docs, schema
from identity_portal.health import livez, readyz
from identity_portal.metrics import metrics

handler500 = "identity_portal.failures.failed"

urlpatterns = [
    path("consents/v1/check", check_view),  # the hottest path is found in one step
    path("consents/v1/", include("consents.api.urls")),
    path("consents/receipts/<str:receipt_id>", receipt_view),  # where receipts stay, whatever the version of the door
    path("api/v1/oauth/", include("freedom_id.api.urls")),
    path("identity/v4/", include("freedom_id.identity_v4.urls")),
    path("v1/oauth/", include("freedom_id.api.urls", namespace="freedom_id_api_alias")),
    path("", include("freedom_id.authorization_server.urls")),
    path("", include("freedom_id.urls")),
    path("partners/", include("identity_portal.partners.urls")),
    path("api/schema", schema, name="api_schema"),
    path("api/docs", docs, name="api_docs"),
    path("livez", livez),
    path("readyz", readyz),
    path("metrics", metrics),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(pattern_name="freedom_id:home"), name="index"),
]
if settings.DEMO:
    urlpatterns += [
        path("demo/partner/", include("identity_portal.demo_partner.urls")),
        path("demo/", include("identity_portal.demo.urls")),
    ]
