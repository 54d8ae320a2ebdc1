"""What a list of the admin says while it is empty: what will stand there, and whether that it is empty is good."""

from django.utils.translation import gettext_lazy as _

NOTHING_YET = _("Nothing here yet.")
EMPTY = {
    "freedom_id.partnerclient": _("No partner yet. A partner may sign people in once it was added here."),
    "freedom_id.account": _("Nobody has an account yet. People open theirs themselves."),
    "freedom_id.bridgepolicy": _("No pair yet: no client may get a token for another."),
    "freedom_id.profilerequest": _("No partner has asked for a full profile yet."),
    "freedom_id.revokecallback": _("No partner had to be told that access ended."),
    "freedom_id.backchannellogout": _("No partner had to be told of a sign-out."),
    "freedom_id.allowance": _("Nobody comes near a limit."),
    "freedom_id.factorrecovery": _("Nobody has lost an authenticator app."),
    "freedom_id.auditcheckpoint": _("No checkpoint yet. The first one is signed within the hour."),
    "freedom_id.auditentry": _("Nothing was done or read here yet."),
    "freedom_id.signingkey": _("No key yet. Make one with rotate_signing_keys."),
    "consents.purpose": _("No purpose yet. Add what people are asked for, then draft its first version."),
    "consents.purposeversion": _("No version yet. A purpose gets its first one on its own page."),
    "consents.collectionpoint": _("No collection point yet: nobody is asked for anything by staff."),
    "consents.erasure": _("Nobody was forgotten yet."),
    "consents.evidenceaccess": _("Nobody has opened evidence."),
}
