"""The samples of `docs/samples/`, in the order in which partners see them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FOLDER = Path(settings.BASE_DIR) / "docs" / "samples"
PARTNER_API = "Freedom ID API"
OPENID_CONNECT = "OpenID Connect"


@dataclass(frozen=True)
class Sample:
    """`name` is that of its file."""

    name: str
    door: str

    @cached_property
    def code(self) -> str:
        return (FOLDER / self.name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Language:
    """`anchor` is its place on the page; `runs` tells whether our tests run its samples."""

    anchor: str
    name: str
    needs: Promise
    runs: bool
    samples: tuple[Sample, ...]


LANGUAGES = (
    Language(
        "python",
        "Python",
        _("Python 3.11 or later and its standard library."),
        True,
        (Sample("freedom_id_api.py", PARTNER_API), Sample("openid_connect.py", OPENID_CONNECT)),
    ),
    Language(
        "javascript",
        "JavaScript",
        _("Node.js 20 or later, without packages."),
        True,
        (Sample("freedom_id_api.mjs", PARTNER_API), Sample("openid_connect.mjs", OPENID_CONNECT)),
    ),
    Language(
        "php",
        "PHP",
        _("PHP 8.1 or later with its curl extension."),
        False,
        (Sample("freedom_id_api.php", PARTNER_API),),
    ),
    Language(
        "kotlin",
        "Kotlin",
        _("For Android, with the AppAuth library."),
        False,
        (Sample("SignIn.kt", OPENID_CONNECT),),
    ),
    Language(
        "swift",
        "Swift",
        _("For iOS, with the AppAuth library."),
        False,
        (Sample("SignIn.swift", OPENID_CONNECT),),
    ),
)
SAMPLES = {sample.name: sample for language in LANGUAGES for sample in language.samples}
