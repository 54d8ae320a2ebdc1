"""The page on which a partner makes its button, and the button as a picture."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from freedom_id.forms.button import ButtonForm
from freedom_id.views.button_snippet import LABELS, button_link, button_snippet, return_snippet

# Measured in Noto Sans at weight 600, the widest of the fonts that the button names, in hundredths of the font size.
LABEL_WIDTHS = {"en": 1150, "ru": 980, "uz": 1130, "kk": 1230, "th": 1160}
COLOURS = {
    "filled": {"ground": "#0b6b55", "ink": "#ffffff", "edge": "#0b6b55", "mark": "#ffffff"},
    "dark": {"ground": "#14202b", "ink": "#ffffff", "edge": "#14202b", "mark": "#55c7a5"},
    "outline": {"ground": "#ffffff", "ink": "#14202b", "edge": "#7b8791", "mark": "#0b6b55"},
}
SIZES = {
    "small": {"height": 40, "font": 13, "padding": 14, "mark": 18, "gap": 8},
    "medium": {"height": 48, "font": 16, "padding": 20, "mark": 20, "gap": 10},
    "large": {"height": 56, "font": 19, "padding": 24, "mark": 24, "gap": 12},
}
SHARED = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


@require_safe
def button(request: HttpRequest) -> HttpResponse:
    """The form says what is wanted; the page answers with a preview and the HTML. Works without script."""
    form = ButtonForm(request.GET.dict())
    choice = form.choice()
    # Not the start address: a link on our page that leads wherever its address says would help a fraud.
    shown = choice | {"start": "#preview", "mode": "redirect"}
    context = {
        "form": form,
        "choice": choice,
        "preview": button_link(shown),
        "with_room": button_link(shown | {"style": "filled", "size": "small", "full": ""}),
        "snippet": button_snippet(choice),
        "return_snippet": return_snippet(),
        "picture_language": choice["language"] if choice["language"] in LABELS else "en",
    }
    return render(request, "freedom_id/button.html", context)


@require_safe
@cache_control(public=True, max_age=86_400)
def picture(_request: HttpRequest, style: str, size: str, language: str) -> HttpResponse:
    """The button as SVG, for a design or a document."""
    if style not in COLOURS or size not in SIZES or language not in LABELS:
        raise Http404
    drawing = render_to_string("freedom_id/button.svg", _drawing(style, size, language))
    return HttpResponse(drawing, content_type="image/svg+xml", headers=SHARED)


def _drawing(style: str, size: str, language: str) -> dict[str, object]:
    """Lengths in pixels, each already what the SVG says: a template would write 0,5 in Russian."""
    height, font, padding, mark, gap = SIZES[size].values()
    text = LABEL_WIDTHS[language] * font // 100
    return {
        **COLOURS[style],
        "label": LABELS[language],
        "language": language,
        "width": padding * 2 + mark + gap + text,
        "height": height,
        "font": font,
        "text": text,
        "text_x": padding + mark + gap,
        "text_y": height // 2 + font * 36 // 100,
        "mark_x": padding,
        "mark_y": (height - mark) // 2,
        "mark_scale": f"{mark / 32}",
        "inner_width": padding * 2 + mark + gap + text - 1,
        "inner_height": height - 1,
    }
