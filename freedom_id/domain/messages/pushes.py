"""The words of pushes. The number that she must type is on the other screen, never in the message."""

from django.utils.translation import gettext as _

from freedom_id.channels import Message
from freedom_id.domain.messages.letter import one_line


def approval_push(app: str) -> Message:
    """Something of the app of this name waits for her approval; the subject is the push's title."""
    asks = _("%(app)s asks for your approval. Open Freedom ID to see it.")
    return Message(_("Is this you?"), asks % {"app": one_line(app)})
