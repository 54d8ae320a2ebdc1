"""What the lists of all work queues share: filters by where a row stands and by its age, the oldest first, and acts on
one row, on a page of them, and on all that match a filter."""

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.contrib.auth import get_permission_codename
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from freedom_id.admin.act_buttons import ActButtonsAdmin
from freedom_id.admin.links import NOTHING
from freedom_id.admin.view_only import ViewOnlyAdmin
from freedom_id.client_address import client_ip
from freedom_id.domain.audit import By
from freedom_id.domain.bulk_acts import ask_bulk_act
from freedom_id.domain.work_queues import AGES, QUEUES, Queue, UnknownFilter, act_on_row, matching, may_act
from freedom_id.enums import QueueAct, QueueState
from freedom_id.models import Account

ALL = "all"
ORDER = {"o", "p", "e", "all", "_facets"}  # of the list, and how it is shown
WORDS = {  # what an act is called, and what it does
    QueueAct.RETRY: (
        QueueAct.RETRY.label,
        _("The worker tries them at once, and not when their next try is due."),
    ),
    QueueAct.CANCEL: (
        QueueAct.CANCEL.label,
        _("They are given up, and nothing more is tried. “Send again” begins them anew where there is one."),
    ),
    QueueAct.REPLAY: (
        QueueAct.REPLAY.label,
        _("They begin anew with all their tries. Whoever had the former one gets another."),
    ),
}


class StateFilter(admin.SimpleListFilter):
    """A list opens with what may need somebody; a search looks everywhere, and an act reaches whatever is ticked."""

    title = _("state")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*QueueState.choices, (ALL, _("All"))]

    def choices(self, changelist: Any) -> Any:
        """No “All” beside ours."""
        for value, title in self.lookup_choices:
            link = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": self.chosen == str(value), "query_string": link, "display": title}

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any) -> None:
        named = any(name.partition("__")[0] == "state" for name in request.GET)
        elsewhere = request.method == "POST" or "q" in request.GET or named
        super().__init__(request, params, model, model_admin)
        self.chosen = self.value() or (ALL if elsewhere else QueueState.OPEN.value)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = self.chosen if self.chosen in QueueState.values else ""
        return queryset.filter(QUEUES[queryset.model._meta.model_name or ""].in_state(known, timezone.now()))


class AgeFilter(admin.SimpleListFilter):
    title = _("age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        now = timezone.now()
        return [(name, _("over %s") % timesince(now - span, now)) for name, span in AGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        span = AGES.get(self.value() or "")
        born = QUEUES[queryset.model._meta.model_name or ""].born
        return queryset.filter(**{f"{born}__lte": timezone.now() - span}) if span else queryset


class QueueAdmin(ActButtonsAdmin, ViewOnlyAdmin):
    """Rows that the worker alone works off. Who may change them may try one at once, call it off, or begin it anew."""

    change_list_template = "admin/freedom_id/queue/change_list.html"
    list_filter = [StateFilter, AgeFilter]
    list_max_show_all = 50  # more than one page is acted on by its filter
    actions = ["retry", "cancel", "replay"]
    words: ClassVar = WORDS

    @property
    def queue(self) -> Queue:
        return QUEUES[self.opts.model_name or ""]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """What waits longest is first; among all, the newest."""
        everything = request.GET.get(StateFilter.parameter_name) in {ALL, QueueState.DONE} or "q" in request.GET
        return [f"-{self.queue.born}" if everything else self.queue.born]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act_on_all)
        return [path("all/<slug:what>/", view, name=f"{self._name}_act_on_all"), *super().get_urls()]

    @property
    def _name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def acts_for(self, obj: Any) -> list[str]:
        return [str(act) for act in self.queue.acts if may_act(self.queue, act, obj.pk)]

    def has_work_off_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.{get_permission_codename('change', self.opts)}")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        acts = self.queue.acts if self.has_work_off_permission(request) and "q" not in request.GET else []
        query = request.GET.urlencode()
        links = [
            (self.words[act][0], f"{reverse(f'admin:{self._name}_act_on_all', args=[act])}?{query}") for act in acts
        ]
        return super().changelist_view(request, {**(extra_context or {}), "acts_on_all": links})

    @admin.action(description=QueueAct.RETRY.label, permissions=["work_off"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._act(request, queryset, QueueAct.RETRY)

    @admin.action(description=QueueAct.CANCEL.label, permissions=["work_off"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._confirmed(request, queryset, QueueAct.CANCEL)

    @admin.action(description=QueueAct.REPLAY.label, permissions=["work_off"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._confirmed(request, queryset, QueueAct.REPLAY)

    def act_on_all(self, request: HttpRequest, what: str) -> HttpResponse:
        """The page that asks first, with how many rows the filter of the list means now; a POST has it done."""
        if not (self.has_view_permission(request) and self.has_work_off_permission(request)):
            raise PermissionDenied
        if what not in self.queue.acts:
            raise Http404
        chosen, act = _chosen(request), QueueAct(what)
        try:
            number = matching(self.queue, chosen, now=timezone.now()).count()
        except UnknownFilter:
            self.message_user(
                request, _("What this filter shows cannot be acted on as a whole: tick rows."), messages.ERROR
            )
            return redirect(f"admin:{self._name}_changelist")
        if request.method == "POST":
            by = By(cast(Account, request.user), ip=client_ip(request))
            asked = ask_bulk_act(self.opts.model_name or "", act, chosen, by=by)
            return redirect("admin:freedom_id_bulkact_change", asked.pk)
        title, effect = self.words[act]
        context = {
            **self.admin_site.each_context(request),
            **{"title": title, "effect": effect, "opts": self.opts, "number": number},
            "back": f"{reverse(f'admin:{self._name}_changelist')}?{request.GET.urlencode()}",
        }
        return TemplateResponse(request, "admin/freedom_id/queue/act_on_all.html", context)

    @admin.display(description=_("age"))
    def age(self, row: Any) -> str:
        return timesince(getattr(row, self.queue.born))

    @admin.display(description=_("last error"))
    def last_fault(self, row: Any) -> str:
        return getattr(row, self.queue.error) or NOTHING

    def _confirmed(self, request: HttpRequest, queryset: QuerySet[Any], act: QueueAct) -> HttpResponse | None:
        title, effect = self.words[act]
        asked = self.confirmation(request, queryset, action=act, title=title, effect=effect)
        return asked or self._act(request, queryset, act)

    def _act(self, request: HttpRequest, queryset: QuerySet[Any], act: QueueAct) -> HttpResponse | None:
        if request.POST.get("select_across") == "1":
            query = request.GET.urlencode()
            return redirect(f"{reverse(f'admin:{self._name}_act_on_all', args=[act])}?{query}")
        rows, label = list(queryset), self.words[act][0]
        moved = [row for row in rows if act_on_row(self.queue, act, row.pk)]
        for row in moved:
            self.log_change(request, row, str(label))
        if moved:
            text = ngettext("%(act)s: done with %(n)d row.", "%(act)s: done with %(n)d rows.", len(moved))
            self.message_user(request, text % {"act": label, "n": len(moved)}, messages.SUCCESS)
        if len(moved) < len(rows):
            left = len(rows) - len(moved)
            text = ngettext(
                "%(act)s: the state of %(n)d row does not allow it.",
                "%(act)s: the state of %(n)d rows does not allow it.",
                left,
            )
            self.message_user(request, text % {"act": label, "n": left}, messages.ERROR)
        return None


def _chosen(request: HttpRequest) -> dict[str, str]:
    """The filter of the list, in the words of `matching`: the name of a column stands for its exact value."""
    given = {name.removesuffix("__exact"): str(value) for name, value in request.GET.items() if name not in ORDER}
    stands = given.pop(StateFilter.parameter_name, QueueState.OPEN.value)
    return {"state": "" if stands == ALL else stands, **given}


def filter_words(chosen: dict[str, str]) -> str:
    """A stored filter as staff reads it."""
    state = chosen.get("state", "")
    words = [str(QueueState(state).label) if state else gettext("All")]
    rest = {name: value for name, value in chosen.items() if name != "state"}
    return ", ".join([*words, *([urlencode(rest)] if rest else [])])
