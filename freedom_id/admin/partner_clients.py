from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from freedom_id.admin import tokens  # noqa: F401 -- takes the toolkit's registration away first
from freedom_id.admin.act_buttons import ActButtonsAdmin
from freedom_id.admin.links import NOTHING, partner_link
from freedom_id.admin.one_time_secret import keep_secret, take_secret
from freedom_id.admin.partner_form import NewPartnerForm, PartnerForm
from freedom_id.admin.partner_usage import PartnerUsage
from freedom_id.admin.secret_use import SECRET_FIELDS, SecretUse
from freedom_id.admin.waiting import WaitingFilter
from freedom_id.domain.asked_data import adjust_asked_data
from freedom_id.domain.client_registration import NewClient, ensure_keys_for
from freedom_id.domain.client_secrets import change_authentication, revoke_previous_secret, rotate_secret
from freedom_id.domain.client_status import close_client, resume_client, suspend_client
from freedom_id.domain.narrowed_clients import note_narrowed
from freedom_id.enums import ClientAuthentication, ClientStage, ClientStatus
from freedom_id.models import PartnerApplication, PartnerClient

CONTACT = ["contact_name", "contact_email"]
IDENTITY = ["name", "legal_name", "website", "logo_file"]
ADDRESSES = ["redirect_uris", "revoke_uris", "post_logout_redirect_uris", "backchannel_logout_uri"]
DATA = ["grants", "required_grants"]
PROTOCOL = ["scopes", "operator_scopes", "grant_types", "first_party", "native", "max_devices"]
APPS = ["android_package", "android_fingerprints", "apple_app_ids", "passkeys_in_app"]
SUBJECT = ["subject_type", "sector_identifier"]
SIGNATURES = ["id_token_signed_response_alg", "userinfo_signed_response_alg"]
AUTHENTICATION = ["token_endpoint_auth_method", "jwks"]
PROTOCOL += [*AUTHENTICATION, "access_token_format"]
ASKED_DATA = {"grants", "scopes"}


@admin.register(PartnerClient)
class PartnerClientAdmin(PartnerUsage, SecretUse, ActButtonsAdmin):
    """Never deleted: authorizations and the ledger name it. To end it, close it. The status changes by acts alone."""

    list_display = ["name", "id", "status", "stage", "legal_name", "first_party", "created"]
    list_filter = [WaitingFilter, "status", "stage", "first_party", "client_type"]
    search_fields = ["name", "legal_name", "client_id"]
    ordering = ["name"]
    view_on_site = False
    readonly_fields = ["id", "client_id", "status", "stage", "client_type", "logo_now", "country", "made_by"]
    readonly_fields += ["way_to_live"]
    readonly_fields += [*SUBJECT, *SECRET_FIELDS, "created", "updated"]
    dangerous: ClassVar = {"end_former_secret", "suspend", "close"}
    actions = ["new_secret", "end_former_secret", "suspend", "resume", "close"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PartnerClient]:
        """A list needs neither the images nor the sealed key."""
        return super().get_queryset(request).defer("logo", "callback_key", "previous_callback_key")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, form=PartnerForm if obj else NewPartnerForm, **kwargs)
        form.registrar = request.user  # a class of this request
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The form starts with what most partners are."""
        usual = {"client_type": NewClient.client_type, "grant_types": NewClient.grant_types, "scopes": NewClient.scopes}
        return {**usual, **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: PartnerClient | None = None) -> list[str]:
        return list(self.readonly_fields) if obj else []

    def get_fieldsets(self, request: HttpRequest, obj: PartnerClient | None = None) -> Any:
        shared = ((_("Addresses"), {"fields": ADDRESSES}), (_("Data"), {"fields": DATA}))
        new = ["client_type", *PROTOCOL, *SUBJECT, *SIGNATURES]
        if obj is None:
            contact = (_("Contact"), {"fields": CONTACT})
            return ((None, {"fields": IDENTITY}), contact, *shared, (_("Protocol"), {"fields": new}))
        may_change = self.has_change_permission(request, obj)
        stage = ["stage", "way_to_live"] if obj.stage == ClientStage.SANDBOX else ["stage"]
        identity = ["logo_now", *(field for field in IDENTITY if may_change or field != "logo_file")]
        return (
            (None, {"fields": ["status", *stage, "client_id", "id", *identity]}),
            *shared,
            (_("Protocol"), {"fields": [*new, "errors_as_200"]}),
            (_("Native apps"), {"fields": APPS}),
            (_("Origin"), {"fields": ["made_by", "country"]}),
            (_("Secrets"), {"fields": self.secret_fields(obj)}),
            (_("Dates"), {"fields": ["created", "updated"]}),
        )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A closed partner stays as it was."""
        closed = isinstance(obj, PartnerClient) and obj.status == ClientStatus.CLOSED
        return super().has_change_permission(request, obj) and not closed

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.rotate_partnerclient")

    def has_suspend_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.suspend_partnerclient")

    def has_close_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("freedom_id.close_partnerclient")

    def acts_for(self, obj: PartnerClient) -> list[str]:
        secret = ["new_secret"] if obj.token_endpoint_auth_method == ClientAuthentication.SECRET else []
        if len(obj.live_secrets(timezone.now())) > 1:
            secret.append("end_former_secret")
        suspend = ["suspend"] if obj.suspended_by_id else []
        return {
            ClientStatus.ACTIVE: [*secret, "suspend", "close"],
            ClientStatus.SUSPENDED: ["resume", *suspend, *secret, "close"],
        }.get(ClientStatus(obj.status), [])

    @admin.display(description=_("logo"))
    def logo_now(self, client: PartnerClient) -> SafeString | str:
        if not client.logo:
            return NOTHING
        address = reverse("freedom_id:logo", args=[client.client_id])
        return format_html('<img src="{}" width="48" height="48" alt="">', address)

    @admin.display(description=_("made by"))
    def made_by(self, client: PartnerClient) -> SafeString | str:
        made_by = client.created_by_id
        name = made_by and PartnerClient.objects.values_list("name", flat=True).get(pk=made_by)
        return partner_link(made_by, name or None)

    @admin.display(description=_("way to live"))
    def way_to_live(self, client: PartnerClient) -> SafeString | str:
        application = PartnerApplication.objects.filter(client=client).only("live_asked_by_id").first()
        if application is None:
            return NOTHING
        asked = application.live_asked_by_id
        said = _("Waits for another manager.") if asked else _("Nobody asked yet that it goes live.")
        address = reverse("admin:freedom_id_partnerapplication_change", args=[application.pk])
        return format_html('{} <a href="{}">{}</a>', said, address, _("Application"))

    def save_model(self, request: HttpRequest, obj: PartnerClient, form: Any, change: bool) -> None:
        """Writes what was changed and nothing else, so that a secret renewed meanwhile stays. A new partner was
        registered by its form."""
        if not change:
            self.message_user(request, _("It is in the sandbox and waits for another manager."))
            return
        note_narrowed(obj)
        changed = {"logo" if field == "logo_file" else field for field in form.changed_data}
        others = sorted(changed - {*AUTHENTICATION})
        if changed & {*AUTHENTICATION}:
            change_authentication(obj, method=obj.token_endpoint_auth_method, jwks=obj.jwks, also=others)
        else:
            obj.save(update_fields=[*others, "updated"])
        if changed & ASKED_DATA:
            adjust_asked_data(obj)
        if changed & {*SIGNATURES}:
            ensure_keys_for(obj)

    def get_urls(self) -> list[URLPattern]:
        view = never_cache(self.admin_site.admin_view(self.secret_view))
        return [path("<path:object_id>/secret/", view, name="freedom_id_partnerclient_secret"), *super().get_urls()]

    def secret_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The one page that shows a new secret; opened again, it has nothing to show."""
        client = self.get_object(request, object_id)
        if client is None or not self.has_rotate_permission(request):
            raise PermissionDenied
        secret = take_secret(request, client)
        if secret is None:
            self.message_user(request, _("The secret was shown already. If it is lost, make a new one."))
            return redirect("admin:freedom_id_partnerclient_change", client.pk)
        self.log_change(request, client, str(_("The secret was shown.")))
        title = _("The secret of %s") % client
        context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        context |= {"original": client, "secret": secret}
        return TemplateResponse(request, "admin/freedom_id/partnerclient/secret.html", context)

    @admin.action(description=_("New secret"), permissions=["rotate"])
    def new_secret(self, request: HttpRequest, queryset: QuerySet[PartnerClient]) -> HttpResponse | None:
        client = queryset.first()
        if client is None or queryset.count() != 1 or "new_secret" not in self.acts_for(client):
            self.message_user(request, _("Choose one partner that has a secret and is not closed."), messages.ERROR)
            return None
        asked = self.confirmation(
            request,
            queryset,
            action="new_secret",
            title=_("Make a new secret?"),
            effect=_("The present secret works for 7 more days. The new one is shown to you once."),
        )
        if asked:
            return asked
        keep_secret(request, client, rotate_secret(client))
        self.log_change(request, client, str(_("New secret.")))
        return redirect("admin:freedom_id_partnerclient_secret", client.pk)

    @admin.action(description=_("End the former secret"), permissions=["rotate"])
    def end_former_secret(self, request: HttpRequest, queryset: QuerySet[PartnerClient]) -> HttpResponse | None:
        with_one = queryset.exclude(previous_secret="")
        uses = [f"{client}: {self.former_secret_use(client)}" for client in with_one]
        asked = self.confirmation(
            request,
            with_one,
            action="end_former_secret",
            title=_("End the former secret?"),
            effect=" ".join([str(_("Whoever still uses it is refused from now on.")), *uses]),
        )
        if asked:
            return asked
        for client in with_one:
            revoke_previous_secret(client)
            self._tell(request, client, _("The former secret ended."))
        return None

    @admin.action(description=_("Suspend"), permissions=["suspend"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[PartnerClient]) -> None:
        """Also one that its operator suspended: from then on it is staff's to resume."""
        operators_own = Q(status=ClientStatus.SUSPENDED, suspended_by__isnull=False)
        for client in queryset.filter(Q(status=ClientStatus.ACTIVE) | operators_own):
            suspend_client(client)
            self._tell(request, client, _("Suspended."))

    @admin.action(description=_("Resume"), permissions=["suspend"])
    def resume(self, request: HttpRequest, queryset: QuerySet[PartnerClient]) -> None:
        for client in queryset.filter(status=ClientStatus.SUSPENDED):
            resume_client(client)
            self._tell(request, client, _("Resumed."))

    @admin.action(description=_("Close for good"), permissions=["close"])
    def close(self, request: HttpRequest, queryset: QuerySet[PartnerClient]) -> HttpResponse | None:
        open_ones = queryset.exclude(status=ClientStatus.CLOSED)
        asked = self.confirmation(
            request,
            open_ones,
            action="close",
            title=_("Close for good?"),
            effect=_("Every connection and token of it ends now. A closed partner cannot be opened again."),
        )
        if asked:
            return asked
        for client in open_ones:
            close_client(client)
            self._tell(request, client, _("Closed."))
        return None

    def _tell(self, request: HttpRequest, client: PartnerClient, done: Any) -> None:
        self.log_change(request, client, str(done))
        self.message_user(request, f"{client}: {done}", messages.SUCCESS)
