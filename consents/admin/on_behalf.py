"""Pages on which staff enter what a person said on paper, by phone or at a counter."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.domain.on_behalf import record_on_behalf, withdraw_on_behalf
from consents.domain.purposes import notices_for
from consents.domain.queries.history import clients_with_standing, standing_consents
from consents.errors import ConsentsError
from consents.forms.on_behalf import ChoosePoint, RecordConsent, WithdrawConsent
from consents.models import ConsentTransaction, Subject

ON_BEHALF = "consents.decide_on_behalf"


class OnBehalfPages(admin.ModelAdmin):  # type: ignore[type-arg]
    """Views that the admin of subjects routes to; each needs the right to decide on behalf."""

    def record(self, request: HttpRequest, subject_id: UUID) -> HttpResponse:
        """`?point=&locale=`: the questions of that point; without them, the choice of both."""
        subject = self._subject(request, subject_id, ON_BEHALF)
        where = ChoosePoint(request.GET if "point" in request.GET else None)
        if not where.is_valid():
            return self._on_behalf(request, "choose_point", subject, {"choice": where})
        point = where.chosen()
        names = point.purposes.order_by("name").values_list("name", flat=True)
        notices = notices_for(names, locale=where.cleaned_data["locale"], point=point)
        form = RecordConsent(list(notices.values()), request.POST or None, request.FILES or None)
        if form.is_valid() and form.notices:
            done = self._entered(
                request,
                form,
                lambda: record_on_behalf(
                    subject,
                    point=point,
                    decisions=form.decisions(),
                    occurred_at=form.cleaned_data["occurred_at"],
                    statement=form.statement(str(request.user.pk)),
                    form_id=form.cleaned_data["form_id"],
                ),
            )
            if done:
                return self._confirmed(request, subject, done)
        return self._on_behalf(request, "record", subject, {"form": form, "point": point})

    def withdraw(self, request: HttpRequest, subject_id: UUID) -> HttpResponse:
        """`?client=`: what stands with that client, or without one everywhere."""
        subject = self._subject(request, subject_id, ON_BEHALF)
        clients = clients_with_standing(subject)
        client = request.GET.get("client", clients[0] if clients else "")
        states = list(standing_consents(subject, scope_key=client)) if client in clients else []
        form = WithdrawConsent(states, request.POST or None, request.FILES or None)
        if form.is_valid():
            done = self._entered(
                request,
                form,
                lambda: withdraw_on_behalf(
                    subject,
                    names=form.cleaned_data["purposes"],
                    scope_key=client,
                    statement=form.statement(str(request.user.pk)),
                ),
            )
            if done:
                return self._confirmed(request, subject, done)
        context = {"form": form, "states": states, "clients": clients, "client": client}
        return self._on_behalf(request, "withdraw", subject, context)

    def _subject(self, request: HttpRequest, subject_id: UUID, permission: str) -> Subject:
        if not self.has_view_permission(request) or not request.user.has_perm(permission):
            raise PermissionDenied
        subject = Subject.objects.filter(pk=subject_id).first()
        if subject is None:
            raise Http404
        return subject

    def _entered(self, request: HttpRequest, form: Form, act: Any) -> list[ConsentTransaction]:
        """The rows that `act` wrote; none when the ledger refused, and then the form says why."""
        try:
            rows: list[ConsentTransaction] = act()
        except ConsentsError as error:
            form.add_error(None, error.description)
            return []
        return rows

    def _confirmed(self, request: HttpRequest, subject: Subject, rows: list[ConsentTransaction]) -> HttpResponse:
        """Back to the person's page, which shows the rows and their receipt."""
        what = ", ".join(f"{row.purpose.name}: {row.get_action_display()}" for row in rows)
        self.log_change(request, subject, f"Entered for the person: {what}")
        number = len(rows)
        said = ngettext("%(number)s decision is recorded.", "%(number)s decisions are recorded.", number)
        receipt = rows[0].receipt_id
        words = [said % {"number": number}, *([_("Receipt: %s") % receipt] if receipt else [])]
        self.message_user(request, " ".join(words), messages.SUCCESS)
        return redirect("admin:consents_subject_change", quote(subject.pk))

    def _on_behalf(self, request: HttpRequest, page: str, subject: Subject, context: Any) -> HttpResponse:
        common = {
            **self.admin_site.each_context(request),
            "title": _("What a person said on paper or by phone"),
            "opts": self.opts,
            "original": subject,
        }
        status = 400 if (form := context.get("form")) is not None and form.errors else 200
        return TemplateResponse(request, f"admin/consents/subject/{page}.html", {**common, **context}, status=status)
