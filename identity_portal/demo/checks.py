from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from identity_portal.demo.stand import is_local


@register()
def check_demo_stays_at_home(**_kwargs: Any) -> list[CheckMessage]:
    """demo.E001: the inbox shows every code to everybody, so the demo apps run on a developer's SQLite only.

    `settings.TESTING` excuses the test suite, which runs them with DEBUG off.
    """
    if getattr(settings, "TESTING", False) or is_local():
        return []
    hint = "Set DEMO=0. The demo runs with DEBUG on and a SQLite database only."
    return [Error("The demo apps are installed outside a development checkout.", hint=hint, id="demo.E001")]
