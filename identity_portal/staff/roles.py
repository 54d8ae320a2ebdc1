"""Who may do what in the admin: one table, from which the groups are made and docs/roles.md is compared."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps as present_apps
from django.apps.registry import Apps
from django.db import transaction

from freedom_id.domain.audit import ADMINISTRATOR

SUPPORT, PARTNERS, PRIVACY, SECURITY, AUDITOR = (
    "Support",
    "Partner manager",
    "Privacy officer",
    "Security",
    "Auditor",
)
ROLES = (SUPPORT, PARTNERS, PRIVACY, SECURITY, AUDITOR, ADMINISTRATOR)

# Model, right (the permission is `right_model`, or `right` alone where it has an underscore), and who has it. An
# administrator has every right there is; who gives roles is one.
RIGHTS: dict[str, dict[str, tuple[str, ...]]] = {
    # People
    "freedom_id.account": {
        "view": (SUPPORT, PRIVACY, SECURITY, AUDITOR),
        "block": (SECURITY,),
        "logout": (SUPPORT, SECURITY),
        "unmask": (PRIVACY, SECURITY),
        "annotate": (SUPPORT, PRIVACY, SECURITY),
        "recover": (SECURITY,),
        "copy": (SUPPORT, PRIVACY),
        "erase": (PRIVACY,),
    },
    "freedom_id.accountnote": {"view": (SUPPORT, PRIVACY, SECURITY, AUDITOR)},
    "freedom_id.erasurerequest": {"view": (PRIVACY, AUDITOR), "erase_account": (PRIVACY,)},
    "freedom_id.accounterasure": {"view": (PRIVACY, AUDITOR), "change": (PRIVACY,)},
    "freedom_id.accountevent": {"view": (SUPPORT, PRIVACY, SECURITY, AUDITOR)},
    "freedom_id.authenticator": {"view": (SUPPORT, SECURITY, AUDITOR)},
    "freedom_id.recoverycode": {"view": (SECURITY, AUDITOR)},
    "freedom_id.factorrecovery": {"view": (SUPPORT, SECURITY, AUDITOR)},
    "freedom_id.device": {"view": (SUPPORT, SECURITY, AUDITOR), "logout_account": (SUPPORT, SECURITY)},
    "freedom_id.browsersignin": {"view": (SUPPORT, SECURITY, AUDITOR)},
    "freedom_id.twostepchallenge": {"view": (SUPPORT, SECURITY, AUDITOR)},
    "freedom_id.onetimecode": {"view": (SUPPORT, SECURITY, AUDITOR), "change": (SUPPORT,)},
    "freedom_id.notice": {"view": (SUPPORT, SECURITY, AUDITOR), "change": (SUPPORT,)},
    "freedom_id.signup": {"view": (SUPPORT, SECURITY, AUDITOR)},
    "freedom_id.allowance": {"view": (SUPPORT, SECURITY, AUDITOR), "delete": (SECURITY,)},
    "freedom_id.personalcopy": {"view": (SUPPORT, PRIVACY, AUDITOR), "change": (PRIVACY,)},
    "freedom_id.profilerequest": {"view": (SUPPORT, PARTNERS, PRIVACY, AUDITOR), "change": (PARTNERS,)},
    # Partners
    "freedom_id.partnerclient": {
        "view": (SUPPORT, PARTNERS, PRIVACY, SECURITY, AUDITOR),
        "add": (PARTNERS,),
        "change": (PARTNERS,),
        "usage": (SUPPORT, PARTNERS, AUDITOR),
        "rotate": (PARTNERS, SECURITY),
        "suspend": (PARTNERS, SECURITY),
        "close": (PARTNERS,),
    },
    "freedom_id.partnerapplication": {
        "view": (PARTNERS, SECURITY, AUDITOR),
        "review": (PARTNERS,),
        "release": (PARTNERS,),
    },
    "freedom_id.bridgepolicy": {"view": (PARTNERS, SECURITY, AUDITOR), "add": (PARTNERS,), "delete": (PARTNERS,)},
    "freedom_id.authorizationrequest": {"view": (SUPPORT, PARTNERS, AUDITOR)},
    "freedom_id.revokecallback": {"view": (PARTNERS, AUDITOR), "change": (PARTNERS,)},
    "freedom_id.backchannellogout": {"view": (PARTNERS, AUDITOR), "change": (PARTNERS,)},
    # Work on many rows, and files
    "freedom_id.bulkact": {
        "view": (SUPPORT, PARTNERS, PRIVACY, SECURITY, AUDITOR),
        "change": (SUPPORT, PARTNERS, PRIVACY),
    },
    "freedom_id.staffexport": {
        "view": (PARTNERS, PRIVACY, SECURITY, AUDITOR),
        "export_accounts": (PRIVACY, SECURITY, AUDITOR),
        "export_partners": (PARTNERS, AUDITOR),
        "export_profiles": (PARTNERS, PRIVACY, AUDITOR),
    },
    # Tokens and keys
    "freedom_id.authorization": {"view": (SUPPORT, PRIVACY, SECURITY, AUDITOR)},
    "freedom_id.tokenfamily": {"view": (SUPPORT, PRIVACY, SECURITY, AUDITOR)},
    "freedom_id.accesstoken": {"view": (SECURITY, AUDITOR)},
    "freedom_id.refreshtoken": {"view": (SECURITY, AUDITOR)},
    "freedom_id.grant": {"view": (SECURITY, AUDITOR)},
    "freedom_id.idtoken": {"view": (SECURITY, AUDITOR)},
    "freedom_id.devicesecret": {"view": (SECURITY, AUDITOR)},
    "freedom_id.signingkey": {"view": (SECURITY, AUDITOR)},
    # Consent
    "consents.purpose": {"view": (PARTNERS, PRIVACY, AUDITOR), "add": (PRIVACY,), "change": (PRIVACY,)},
    "consents.purposeversion": {
        "view": (PARTNERS, PRIVACY, AUDITOR),
        "change": (PRIVACY,),
        "delete": (PRIVACY,),
    },
    "consents.collectionpoint": {"view": (PARTNERS, PRIVACY, AUDITOR), "add": (PRIVACY,), "change": (PRIVACY,)},
    "consents.subject": {
        "view": (SUPPORT, PRIVACY, AUDITOR),
        "decide_on_behalf": (PRIVACY,),
        "hold": (PRIVACY,),
    },
    "consents.consentstate": {"view": (SUPPORT, PRIVACY, AUDITOR)},
    "consents.consenttransaction": {"view": (SUPPORT, PRIVACY, AUDITOR)},
    "consents.receipt": {"view": (SUPPORT, PRIVACY, AUDITOR)},
    "consents.evidence": {"view": (PRIVACY, AUDITOR), "open": (PRIVACY,)},
    "consents.evidenceaccess": {"view": (PRIVACY, AUDITOR)},
    "consents.erasure": {"view": (PRIVACY, AUDITOR)},
    "consents.reports": {"view_dailycount": (PARTNERS, PRIVACY, AUDITOR), "export_reports": (PRIVACY,)},
    # The audit
    "freedom_id.auditentry": {"view": (SECURITY, AUDITOR), "export": (AUDITOR,)},
    "freedom_id.auditcheckpoint": {"view": (SECURITY, AUDITOR)},
}


def permission(model: str, right: str) -> str:
    """The permission of a line of the table, as `has_perm` knows it."""
    app, _dot, name = model.partition(".")
    return f"{app}.{right if '_' in right else f'{right}_{name}'}"


def permissions_of(role: str) -> set[str]:
    """All that the table gives to this role; an administrator's come from being one."""
    return {
        permission(model, right) for model, rights in RIGHTS.items() for right, roles in rights.items() if role in roles
    }


def make_roles(using: str, apps: Apps = present_apps, **_kwargs: Any) -> None:
    """Make each group hold exactly what the table says. After every migration and flush; again is no harm."""
    try:
        groups, permissions = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:  # a migration back to before there were groups
        return
    with transaction.atomic(using=using):
        rows = groups._default_manager.using(using)
        rows.bulk_create([groups(name=role) for role in ROLES], ignore_conflicts=True)
        ids = dict(rows.filter(name__in=ROLES).values_list("name", "pk"))
        known = permissions._default_manager.using(using).values_list("content_type__app_label", "codename", "pk")
        keys = {f"{app}.{codename}": pk for app, codename, pk in known}
        _set_permissions(groups.permissions.through._default_manager.using(using), _wanted(ids, keys), ids.values())


def _wanted(ids: dict[str, int], keys: dict[str, int]) -> set[tuple[int, int]]:
    return {(pk, keys[name]) for role, pk in ids.items() for name in permissions_of(role) if name in keys}


def _set_permissions(through: Any, wanted: set[tuple[int, int]], groups: Iterable[int]) -> None:
    held = {(group, one): pk for pk, group, one in _held(through, groups)}
    through.filter(pk__in=[pk for pair, pk in held.items() if pair not in wanted]).delete()
    new = [through.model(group_id=group, permission_id=one) for group, one in sorted(wanted - held.keys())]
    through.bulk_create(new, ignore_conflicts=True)


def _held(through: Any, groups: Iterable[int]) -> Iterable[tuple[int, int, int]]:
    found: Iterable[tuple[int, int, int]] = through.filter(group_id__in=list(groups)).values_list(
        "pk", "group_id", "permission_id"
    )
    return found
