from django.urls import path

from identity_portal.demo import components, views

app_name = "demo"
urlpatterns = [
    path("components/", components.components, name="components"),
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/<int:number>.html", views.letter, name="letter"),
    path("inbox.json", views.inbox_json, name="inbox_json"),
]
