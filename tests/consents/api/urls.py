from django.urls import include, path

urlpatterns = [path("consents/v1/", include("consents.api.urls"))]
