"""The form in which an administrator sets the password of an account."""

from django.contrib.auth.forms import AdminPasswordChangeForm
from django.utils.translation import gettext_lazy as _


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]
    """Django puts its own words together when they are imported, before any language is known."""

    usable_password_help_text = _(  # type: ignore[assignment]
        "Without a password one signs in by a code or a passkey; the present one is lost."
    )
