"""The person's own pages, for a site that has none: `path("consents/", include("consents.urls"))`."""

from django.urls import path

from consents.views import ask, own, receipts, withdraw

app_name = "consents"
urlpatterns = [
    path("ask/<str:point>/", ask.ask, name="ask"),
    path("answered/<uuid:token_id>/", ask.answered, name="answered"),
    path("mine/", own.mine, name="mine"),
    path("mine/withdraw/", withdraw.withdraw_all, name="withdraw_all"),
    path("mine/<uuid:purpose_id>/", own.consent, name="consent"),
    path("mine/<uuid:purpose_id>/withdraw/", withdraw.withdraw, name="withdraw"),
    path("receipts/<uuid:receipt_id>.json", receipts.download, name="receipt_file"),
]
