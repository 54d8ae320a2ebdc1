from django.urls import path

from consents.api import evaluation, views

app_name = "consents_api"
urlpatterns = [
    path("check", views.check_view, name="check"),
    path("evaluation", evaluation.evaluation_view, name="evaluation"),
    path("evaluations", evaluation.evaluations_view, name="evaluations"),
]
