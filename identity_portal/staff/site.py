"""Our admin site: who enters and how surely she is known, who leaves, and that nothing happens here without an entry of
the audit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models.base import ModelBase
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from freedom_id.client_address import client_ip
from freedom_id.domain.audit import By, Target, record
from freedom_id.enums import AuditAction
from freedom_id.views.browser_session import account_of, sign_out
from freedom_id.views.staff_proof import SAFE, staff_problem
from identity_portal.staff.acts import ACTS, DANGEROUS, is_key, kept_of_rows, person_of_row
from identity_portal.staff.bounded_paginator import BoundedPaginator
from identity_portal.staff.exact_search import exact_search

View = Callable[..., HttpResponseBase]
BY_FLAG = {ADDITION: AuditAction.ADDED, CHANGE: AuditAction.CHANGED, DELETION: AuditAction.DELETED}
_log_lines: ContextVar[list[LogEntry] | None] = ContextVar("log_lines", default=None)


class StaffSite(AdminSite):
    """Staff sign in and out where everybody does; they prove themselves by a passkey or an app before a page opens, and
    again before what is dangerous. Each page of a row about a person is an entry of the audit, and each act is one in
    the same transaction, whatever the admin of the model does or forgets."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """No list counts a table of millions to its end, and no search reads it so."""
        super().register(model_or_iterable, admin_class, **options)
        models = [model_or_iterable] if isinstance(model_or_iterable, ModelBase) else model_or_iterable
        for owner in [self._registry[model] for model in models if model in self._registry]:
            vars(owner).update(paginator=BoundedPaginator, show_full_result_count=False)
            if type(owner).get_search_results is ModelAdmin.get_search_results:
                vars(owner).update(get_search_results=partial(exact_search, owner))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Who is signed in and no staff is told so."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next") or "/admin/")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        sign_out(request)
        return redirect("freedom_id:sign_in")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Among the person's own pages, which ask for fresh proof."""
        return redirect("freedom_id:security")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """What needs a person now, and figures (`home.py`)."""
        from identity_portal.staff.home import home_context  # noqa: PLC0415 -- admins are loaded after their site

        return super().index(request, {**home_context(request), **(extra_context or {})})

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        return super().admin_view(view if view == self.logout else _for_the_proven(_audited(view)), cacheable)


@receiver(post_save, sender=LogEntry, dispatch_uid="identity_portal.collect_log_line")
def collect_log_line(instance: LogEntry, created: bool, **_kwargs: Any) -> None:
    lines = _log_lines.get()
    if lines is not None and created:
        lines.append(instance)


def _for_the_proven(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return staff_problem(request, back=_back(request)) or view(request, *args, **kwargs)

    return guarded


def _back(request: HttpRequest) -> str:
    """Where the person goes on once she proved herself: here, or where she pressed."""
    if request.method in SAFE:
        return request.get_full_path()
    home, ours = reverse("admin:index"), f"{request.scheme}://{request.get_host()}"
    pressed = request.headers.get("Referer", "").removeprefix(ours)
    return pressed if pressed.startswith(home) else home


def _audited(view: View) -> View:
    owner = getattr(view, "__self__", None)
    if not isinstance(owner, ModelAdmin):
        return view  # the site's own pages: lists of models, and words for scripts

    @wraps(view)
    def audited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        name = f"{owner.opts.model_name}.{_name_of(request, view)}"
        if request.method not in SAFE or (name in ACTS and view.__name__ != "change_view"):
            if name in DANGEROUS and (problem := staff_problem(request, back=_back(request), fresh=True)):
                return problem
            with transaction.atomic():
                return _acted(request, owner, name, lambda: view(request, *args, **kwargs))
        response = view(request, *args, **kwargs)
        if response.status_code == 200 and view.__name__ in {"change_view", "history_view"}:
            _read(request, owner)
        return response

    return audited


def _acted(
    request: HttpRequest, owner: "ModelAdmin[Any]", name: str, act: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """Do it, and write an entry for each row that was logged, or that is not what it was."""
    chosen = _chosen(request)
    if not all(is_key(owner.model, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
        raise BadRequest  # Django would answer 500
    before = kept_of_rows(owner.model, chosen)
    with _collected() as lines:
        response = act()
    logged = {str(line.object_id or ""): line for line in lines}
    after = kept_of_rows(owner.model, {*before, *logged})
    touched = [*logged, *(key for key in before if key not in logged and before[key] != after.get(key))]
    for key in touched:
        line, kept = logged.get(key), (before.get(key, {}), after.get(key, {}))
        flag = line.action_flag if line else CHANGE if key in after else DELETION
        record(
            ACTS.get(name, BY_FLAG[flag]),
            by=_by(request),
            target=_target(owner, key, line),
            reason=request.POST.get("reason", ""),
            before=_differing(*kept),
            after=_differing(*reversed(kept)),
        )
    return response


def _read(request: HttpRequest, owner: "ModelAdmin[Any]") -> None:
    """A page about somebody else was shown."""
    key = _chosen(request)[0]
    person = person_of_row(owner, key)
    if person is not None and person != request.user.pk:
        target = Target(owner.opts.label_lower, key, str(owner.opts.verbose_name), person)
        record(AuditAction.READ, by=_by(request), target=target)


@contextmanager
def _collected() -> Iterator[list[LogEntry]]:
    """What Django's admin log gets meanwhile."""
    lines: list[LogEntry] = []
    token = _log_lines.set(lines)
    try:
        yield lines
    finally:
        _log_lines.reset(token)


def _name_of(request: HttpRequest, view: View) -> str:
    """The act in the address, the action that was chosen in the list, or the view."""
    assert request.resolver_match is not None  # noqa: S101 -- for the type checker
    if act := request.resolver_match.kwargs.get("act"):
        return str(act)
    return _action_of(request) if view.__name__ == "changelist_view" else view.__name__


def _action_of(request: HttpRequest) -> str:
    """A list has a choice of actions above and below it, and says which one was used."""
    actions, index = request.POST.getlist("action"), request.POST.get("index", "0")
    at = int(index) if index.isdecimal() else 0
    return actions[at] if at < len(actions) else ""


def _chosen(request: HttpRequest) -> list[str]:
    """The keys of the rows that the request names, in its address or among the ticked ones."""
    assert request.resolver_match is not None  # noqa: S101 -- for the type checker
    kwargs = request.resolver_match.kwargs
    named = [unquote(str(kwargs[name])) for name in ("object_id", "subject_id", "id") if name in kwargs]
    return named or request.POST.getlist(ACTION_CHECKBOX_NAME)


def _target(owner: "ModelAdmin[Any]", key: str, line: LogEntry | None) -> Target:
    label = line.object_repr if line else str(owner.opts.verbose_name)
    return Target(owner.opts.label_lower, key, label, person_of_row(owner, key))


def _by(request: HttpRequest) -> By:
    return By(account_of(request), ip=client_ip(request))


def _differing(kept: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if name not in other or other[name] != value}
