"""The routing table. An account is named by its SSOID, or by the Freedom ID that is `sub` of the tokens."""

from django.urls import path, re_path

from freedom_id.identity_v4 import operations
from freedom_id.identity_v4.door import Route

app_name = "identity_v4"
collection_point = Route(GET=operations.COLLECTION_POINT_GET)
urlpatterns = [
    path("accounts/<str:account>/consents", Route(GET=operations.CONSENTS_GET), name="consents"),
    path("accounts/<str:account>/consents/transactions/allow", Route(POST=operations.ALLOW_POST), name="allow"),
    path("accounts/<str:account>/consents/transactions/withdraw", Route(PUT=operations.WITHDRAW_PUT), name="withdraw"),
    path("accounts/<str:account>/apps", Route(GET=operations.APPS_GET), name="apps"),
    path("consents/collectionpoints", collection_point, name="collection_point"),
    path("collectionpoints", collection_point, name="collection_point_alias"),
    re_path(r"", Route(), name="unknown"),
]
