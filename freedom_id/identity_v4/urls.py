"""The routing table. An account is named by its SSOID, or by the Freedom ID that is `sub` of the tokens."""

from django.urls import path, re_path

from freedom_id.identity_v4 import accounts, consents, credentials, otps
from freedom_id.identity_v4.door import Route
from freedom_id.identity_v4.envelope import Module

CONSENTS = Module.CONSENTS_AND_APPS

app_name = "identity_v4"
collection_point = Route(CONSENTS, GET=consents.COLLECTION_POINT_GET)
urlpatterns = [
    path("accounts", Route(Module.ACCOUNTS, GET=accounts.ACCOUNTS_GET), name="accounts"),
    path(
        "accounts/<str:account>",
        Route(Module.ACCOUNTS, GET=accounts.ACCOUNT_GET, PATCH=accounts.ACCOUNT_PATCH, DELETE=accounts.ACCOUNT_DELETE),
        name="account",
    ),
    path(
        "accounts/<str:account>/credentials",
        Route(Module.CREDENTIALS, GET=credentials.CREDENTIALS_GET, POST=credentials.CREDENTIALS_POST),
        name="credentials",
    ),
    path(
        "accounts/<str:account>/credentials/<str:cid>",
        Route(Module.CREDENTIALS, PUT=credentials.CREDENTIAL_PUT, DELETE=credentials.CREDENTIAL_DELETE),
        name="credential",
    ),
    path("accounts/<str:account>/consents", Route(CONSENTS, GET=consents.CONSENTS_GET), name="consents"),
    path("accounts/<str:account>/consents/transactions/allow", Route(CONSENTS, POST=consents.ALLOW_POST), name="allow"),
    path(
        "accounts/<str:account>/consents/transactions/withdraw",
        Route(CONSENTS, PUT=consents.WITHDRAW_PUT),
        name="withdraw",
    ),
    path("accounts/<str:account>/apps", Route(CONSENTS, GET=consents.APPS_GET), name="apps"),
    # A number's digest in standard base64 has slashes.
    path("accounts/<path:account>/otps", Route(Module.OTPS, POST=otps.CREATE_POST), name="otps"),
    path(
        "accounts/<path:account>/otps/<str:otp>",
        Route(Module.OTPS, POST=otps.RESEND_POST, PUT=otps.VERIFY_PUT),
        name="otp",
    ),
    path("consents/collectionpoints", collection_point, name="collection_point"),
    path("collectionpoints", collection_point, name="collection_point_alias"),
    re_path(r"", Route(CONSENTS), name="unknown"),
]
