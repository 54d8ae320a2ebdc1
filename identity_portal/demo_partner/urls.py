from django.urls import path

from identity_portal.demo_partner import views

app_name = "demo_partner"
urlpatterns = [
    path("", views.home, name="home"),
    path("start", views.start, name="start"),
    path("callback", views.callback, name="callback"),
    path("refused", views.refused, name="refused"),
    path("received", views.received, name="received"),
    path("revoked", views.revoked, name="revoked"),
]
