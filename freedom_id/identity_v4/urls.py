"""The routing table. An account is named by its SSOID, or by the Freedom ID that is `sub` of the tokens."""

from django.urls import path, re_path

from freedom_id.identity_v4 import (
    accounts,
    bridge,
    clients,
    consents,
    credentials,
    customers,
    devices,
    otps,
    sign_ups,
    two_step,
)
from freedom_id.identity_v4.door import Route
from freedom_id.identity_v4.envelope import Module

CONSENTS, CLIENTS = Module.CONSENTS_AND_APPS, Module.CLIENTS

app_name = "identity_v4"
collection_point = Route(CONSENTS, GET=consents.COLLECTION_POINT_GET)
urlpatterns = [
    path(
        "accounts",
        Route(Module.ACCOUNTS, GET=accounts.ACCOUNTS_GET, POST=sign_ups.ACCOUNTS_POST),
        name="accounts",
    ),
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
    path(
        "accounts/<str:account>/2fa",
        Route(Module.TWO_STEP, POST=two_step.TWO_STEP_POST),
        name="two_step",
    ),
    path(
        "accounts/<str:account>/2fa/<str:challenge>",
        Route(Module.TWO_STEP, GET=two_step.TWO_STEP_GET),
        name="two_step_challenge",
    ),
    path(
        "accounts/<str:account>/devices",
        Route(
            Module.DEVICES,
            GET=devices.DEVICES_GET,
            POST=devices.DEVICES_POST,
            DELETE=devices.DEVICES_DELETE,
        ),
        name="devices",
    ),
    path(
        "accounts/<str:account>/devices/<str:device>",
        Route(Module.DEVICES, PATCH=devices.DEVICE_PATCH, DELETE=devices.DEVICE_DELETE),
        name="device",
    ),
    path("customers/lookup", Route(Module.ACCOUNTS, POST=customers.LOOKUP_POST), name="customer_lookup"),
    path("customers/<str:mobile_number>", Route(Module.ACCOUNTS, GET=customers.CUSTOMER_GET), name="customer"),
    path("consents/collectionpoints", collection_point, name="collection_point"),
    path("collectionpoints", collection_point, name="collection_point_alias"),
    path("clients", Route(CLIENTS, GET=clients.LIST_GET, POST=clients.CREATE_POST), name="clients"),
    path("clients/<str:client>/secret", Route(CLIENTS, POST=clients.SECRET_POST), name="client_secret"),
    path(
        "clients/<str:client>/secret/previous",
        Route(CLIENTS, DELETE=clients.PREVIOUS_SECRET_DELETE),
        name="client_previous_secret",
    ),
    path("clients/<str:client>/suspend", Route(CLIENTS, POST=clients.SUSPEND_POST), name="client_suspend"),
    path("clients/<str:client>/resume", Route(CLIENTS, POST=clients.RESUME_POST), name="client_resume"),
    path("oauth2/token", bridge.exchange, name="bridge"),
    re_path(r"", Route(CONSENTS), name="unknown"),
]
