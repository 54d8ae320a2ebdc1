"""The admin's home: what needs a person now, then figures. It shows counts alone, and of each only what this member of
staff may read row by row elsewhere."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest

from freedom_id.admin.figures import Figure, code_figure, consent_figure, error_figure, profile_figure, sign_in_figure
from freedom_id.forms.figures_filter import FiguresFilter
from identity_portal.staff.waiting import what_waits


def home_context(request: HttpRequest) -> dict[str, Any]:
    """For `admin/index.html`; `?period=&partner=&language=` narrow the figures."""
    chosen = FiguresFilter(request.GET)
    figures = list(_figures(request, chosen))
    return {
        "waiting": list(what_waits(request.user)),  # type: ignore[arg-type]
        "filter": chosen,
        "span": chosen.span(),
        "figures": figures,
    }


def _figures(request: HttpRequest, chosen: FiguresFilter) -> Iterator[Figure]:
    span = chosen.span()
    for permission, figure in (
        ("freedom_id.view_accountevent", sign_in_figure),
        ("consents.view_dailycount", consent_figure),
        ("freedom_id.view_profilerequest", profile_figure),
        ("freedom_id.view_onetimecode", code_figure),
    ):
        if request.user.has_perm(permission):
            yield figure(span)
    if request.user.has_perm("freedom_id.usage_partnerclient"):
        yield error_figure(span, chosen.names)
