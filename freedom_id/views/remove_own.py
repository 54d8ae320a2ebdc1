"""The press that removes a credential or an authenticator from the person's own page, wherever it is listed."""

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from freedom_id.domain.credentials import LastCredential, PersonsAct, UnknownCredential, remove_credential


def remove_own(request: HttpRequest, act: PersonsAct, number: int) -> None:
    """Remove it, or say why it stays. Raises Http404 for one that is not hers, and FreshProofNeeded."""
    try:
        remove_credential(act, number)
        messages.success(request, _("Removed."))
    except UnknownCredential:
        raise Http404 from None
    except LastCredential:
        messages.error(request, _("This is your only way to sign in, so it stays."))
