from django.contrib import admin
from django.urls import include, path

from consents.models import Receipt

admin.site.unregister(Receipt)

urlpatterns = [
    path("consents/", include("consents.urls")),
    path("consents/v1/", include("consents.api.urls")),
    path("accounts/", include("django.contrib.auth.urls")),
    path("admin/", admin.site.urls),
]
