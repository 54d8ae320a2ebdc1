"""What a partner copies onto its page: the button as a link, its style sheet, and its script where one is needed."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import urljoin

from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils.html import format_html
from django.utils.safestring import SafeString

from freedom_id.conf import conf
from freedom_id.forms.button import AUTO

# A published file never changes: sites hold its digest. A change gets the next number, and a place beside the old file.
STYLE_SHEET = "freedom_id/button/freedom-id-1.0.0.css"
SCRIPT = "freedom_id/button/freedom-id-1.0.0.js"
LABELS = {
    "en": "Sign in with Freedom ID",
    "ru": "Войти с Freedom ID",
    "uz": "Freedom ID bilan kirish",
    "kk": "Freedom ID арқылы кіру",
    "th": "เข้าสู่ระบบด้วย Freedom ID",
}


def button_snippet(choice: dict[str, str]) -> str:
    """The HTML of the button that `choice` (of ButtonForm) describes."""
    parts = [style_sheet_tag()]
    if AUTO in choice["language"] or choice["mode"] == "popup":
        parts.append(script_tag())
    return "\n".join([*parts, button_link(choice)])


def return_snippet() -> str:
    """The HTML of the partner's page that ends a sign-in in a pop-up."""
    link = '<a href="/welcome" data-freedom-id-result="signed-in">Continue</a>'
    return f"{script_tag()}\n{link}"


def button_link(choice: dict[str, str]) -> SafeString:
    """The link itself, which works without script and style."""
    language, attributes = choice["language"], {"data-style": choice["style"], "data-size": choice["size"]}
    attributes["data-radius"] = choice["radius"]
    if choice.get("full"):
        attributes["data-width"] = "full"
    if choice["mode"] == "popup":
        attributes["data-mode"] = "popup"
    if language == AUTO:
        attributes["data-language"] = AUTO
    said = language if language in LABELS else "en"
    rest = format_html(" ".join(f'{name}="{{}}"' for name in attributes), *attributes.values())
    link = '<a class="freedom-id-button" href="{}" lang="{}"\n  {}>{}</a>'
    return format_html(link, choice["start"], said, rest, LABELS[said])


def style_sheet_tag() -> str:
    return format_html(
        '<link rel="stylesheet" crossorigin="anonymous"\n  href="{}"\n  integrity="{}">',
        public_address(STYLE_SHEET),
        integrity(STYLE_SHEET),
    )


def script_tag() -> str:
    return format_html(
        '<script defer crossorigin="anonymous"\n  src="{}"\n  integrity="{}"></script>',
        public_address(SCRIPT),
        integrity(SCRIPT),
    )


def public_address(name: str) -> str:
    """Where the static file is served under its own name: the one with a digest changes with every release."""
    return urljoin(f"{conf.issuer}/", f"{settings.STATIC_URL}{name}")


@lru_cache
def integrity(name: str) -> str:
    """Subresource Integrity §3.1 of a static file: what a page demands of the bytes that it gets."""
    content = Path(str(finders.find(name))).read_bytes()
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"
