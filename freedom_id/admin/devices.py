from django.contrib import admin

from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.models import BrowserSignIn, Device, TwoStepChallenge

BY_ACCOUNT = ["account__id__exact", "account__freedom_id__exact"]


@admin.register(Device)
class DeviceAdmin(ViewOnlyAdmin):
    """Known by a digest that tells nothing; signed out by the person, trusted by another device of hers."""

    account_path = "account"
    client_path = "client"
    list_display = ["last_seen", "ssoid", "partner", "model_name", "last_ip", "trusted_at", "signed_out_at"]
    search_fields = BY_ACCOUNT
    fields = [
        "ssoid",
        "partner",
        "model",
        "model_name",
        "last_ip",
        "trusted_at",
        "first_seen",
        "last_seen",
        "signed_out_at",
    ]
    ordering = ["-last_seen"]


@admin.register(BrowserSignIn)
class BrowserSignInAdmin(ViewOnlyAdmin):
    account_path = "device__account"
    list_display = ["started_at", "ssoid", "amr", "ended_at"]
    search_fields = ["device__account__id__exact", "device__account__freedom_id__exact"]
    fields = ["ssoid", "started_at", "amr", "stepped_up_at", "ended_at"]
    ordering = ["-started_at"]


@admin.register(TwoStepChallenge)
class TwoStepChallengeAdmin(ViewOnlyAdmin):
    """The number is for the two screens alone."""

    account_path = "account"
    client_path = "client"
    list_display = ["created_at", "ssoid", "partner", "method", "state", "ip", "decided_at"]
    list_filter = ["method", "state"]
    search_fields = BY_ACCOUNT
    fields = [
        "ssoid",
        "partner",
        "method",
        "act",
        "device_model",
        "device_model_name",
        "ip",
        "state",
        "wrong_proofs",
        "trusted",
        "created_at",
        "expires_at",
        "decided_at",
    ]
    ordering = ["-created_at"]
