from django.urls import path

from freedom_id.api import views

app_name = "freedom_id_api"
urlpatterns = [
    path("authorize", views.authorize_view, name="link"),
    path("token", views.token_view, name="token"),
    path("user", views.info_view, name="info"),
    path("userinfo", views.info_view, name="info_alias"),
    path("get-profile", views.profile_view, name="profile"),
    path("get-profile/status", views.profile_status_view, name="profile_status"),
]
