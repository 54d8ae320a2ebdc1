from django.urls import path

from consents.api import evaluation, views

app_name = "consents_api"
urlpatterns = [
    path("check", views.check_view, name="check"),
    path("history", views.history_view, name="history"),
    path("receipts/<str:receipt_id>", views.receipt_view, name="receipt"),
    path("evaluation", evaluation.evaluation_view, name="evaluation"),
    path("evaluations", evaluation.evaluations_view, name="evaluations"),
]
