from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.reasoned_acts import ReasonedActsAdmin
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.domain.devices import sign_out_device_by_staff
from freedom_id.models import BrowserSignIn, Device, TwoStepChallenge

BY_ACCOUNT = ["account__id__exact", "account__freedom_id__exact"]


@admin.register(Device)
class DeviceAdmin(ReasonedActsAdmin, ViewOnlyAdmin):
    """Known by a digest that tells nothing; signed out by the person, or by support for her; trusted by another device
    of hers."""

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
    ordering = ["-first_seen"]  # not the last use: that changes all the time, and an index on it would too
    actions = ["sign_out"]

    def acts_for(self, obj: Device) -> list[str]:
        return [] if obj.signed_out_at else ["sign_out"]

    def has_logout_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.logout_account")

    @admin.action(description=_("Sign out"), permissions=["logout"])
    def sign_out(self, request: HttpRequest, queryset: QuerySet[Device]) -> TemplateResponse | None:
        effect = _("What is signed in on this device ends: sessions and tokens. The person sees it in her activity.")
        title = _("Sign a device out")
        reason = self.asked_reason(request, queryset, action="sign_out", title=title, effect=effect)
        if not isinstance(reason, str):
            return reason
        for device in queryset:
            sign_out_device_by_staff(device)
            self.log_change(request, device, reason)
        self.message_user(request, _("Signed out."), messages.SUCCESS)
        return None


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
