from django.urls import path

from identity_portal.partners import views

app_name = "partners"
urlpatterns = [
    path("", views.home, name="home"),
    path("quick-start/", views.quick_start, name="quick_start"),
    path("errors/", views.errors, name="errors"),
    path("samples/", views.samples, name="samples"),
    path("samples/<str:name>", views.sample, name="sample"),
]
