from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("consents/", include("consents.urls")),
    path("login", lambda _request: HttpResponse("sign in"), name="login"),
]
