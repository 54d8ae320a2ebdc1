"""The design's tokens and components on one page, out of the style sheet and templates that the portal's pages use."""

import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from freedom_id.forms.sign_in import CodeForm, IdentifierForm
from freedom_id.grants import GRANTS

COLOUR = re.compile(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)")
SIZE = re.compile(r"--(size-\w+): ([\d.]+)rem")
MEASURE = re.compile(r"--((?:radius|motion)[\w-]*): ([\d.]+(?:px|s))")
SYMBOL = re.compile(r'<symbol id="(\w+)"')
BRAND_PAIRS = (  # docs/settings.md, "Brand"
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("accent", "card"),
    ("accent-deep", "paper"),
    ("accent", "accent-soft"),
    ("ink", "accent-soft"),
    ("quiet", "accent-soft"),
)
SPACES = (4, 8, 12, 16, 20, 24, 32)


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """`/demo/components/`"""
    style = Path(str(finders.find("freedom_id/freedom_id.css"))).read_text()
    context = {
        "colours": [{"name": name, "light": light, "dark": dark} for name, light, dark in COLOUR.findall(style)],
        "brand_pairs": BRAND_PAIRS,
        "themes": ("light", "dark"),
        "sizes": [{"name": name, "pixels": round(float(rem) * 16)} for name, rem in SIZE.findall(style)],
        "spaces": SPACES,
        "icons": SYMBOL.findall(render_to_string("freedom_id/includes/icons.svg")),
        "measures": [{"name": name, "value": value} for name, value in MEASURE.findall(style)],
        "wrong": _shown(IdentifierForm({"identifier": "12"}, auto_id="wrong-%s")),
        "code": _shown(CodeForm(auto_id="right-%s")),
        "partner": {"name": "Aral Market", "legal_name": "Aral Market LLC", "initial": "A", "verified": True},
        "stranger": {"name": "Rice", "initial": "R", "verified": False},
        "phone": GRANTS["read.phone"],
        "email": GRANTS["read.email"],
        "now": timezone.now(),
    }
    return render(request, "demo/components.html", context)


def _shown(form: Form) -> Form:
    """A form that is looked at: it does not take the focus, and the page with it."""
    for field in form.fields.values():
        field.widget.attrs.pop("autofocus", None)
    return form
