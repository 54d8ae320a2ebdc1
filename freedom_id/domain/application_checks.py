"""What a machine can find out about an application before a person reads it: one list, each check a row with its
result. The worker makes them; whatever is asked of others' servers goes through `outbound`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from freedom_id.conf import conf
from freedom_id.domain.client_registration import LOOPBACK, redirect_uri_problem
from freedom_id.domain.partner_applications import claim_checks, finish_checks
from freedom_id.domain.png_logo import BadLogo, clean_logo
from freedom_id.domain.rfc7517_public_keys import public_keys_problem
from freedom_id.enums import CheckResult, Platform
from freedom_id.models import ApplicationCheck, PartnerApplication
from freedom_id.outbound import AddressRefused, AddressUnknown, fetch, judged_address

LEASE_SECONDS = 300  # 12 hosts and pages at most, each no longer than 5 s
MOST_HOSTS = 8
SHORTEST_REASON = 10
OUR_NAME = "freedom id"


@dataclass(frozen=True)
class Finding:
    """`problem` is a key of PROBLEMS, `about` what it is of."""

    result: CheckResult = CheckResult.PASSED
    problem: str = ""
    about: str = ""


PASSED = Finding()
PROBLEMS: dict[str, Promise] = {
    "ours": _("The address is one of ours: %(about)s"),
    "twice": _("The address stands there twice: %(about)s"),
    "no_address": _("This address cannot be used: %(about)s"),
    "unresolved": _("The name of the host is not known: %(about)s"),
    "not_public": _("The address is not a public https address: %(about)s"),
    "loopback": _("An address of the developer’s own machine, for trials only: %(about)s"),
    "certificate": _("The certificate of the host is not valid: %(about)s"),
    "unreachable": _("The host does not answer: %(about)s"),
    "redirected": _("The page leads elsewhere; name the address where it ends: %(about)s"),
    "no_page": _("There is no page at this address: %(about)s"),
    "missing": _("This is missing: %(about)s"),
    "short": _("The reason is too short to be understood: %(about)s"),
    "our_name": _("The name is too much like ours."),
    "bad_logo": _("The logo is not a square PNG."),
    "bad_keys": _("The keys cannot be used: %(about)s"),
    "no_app": _("The app is not fully named: %(about)s"),
}


def check_application(application_id: str) -> None:
    """Worker: make all checks and hand the application to the reviewers, whatever they found. Again is no harm."""
    application = claim_checks(application_id, until_seconds=LEASE_SECONDS)
    if application is None:
        return
    found = {name: check(application) for name, (_label, check) in CHECKS.items()}
    with transaction.atomic():
        if not finish_checks(application):
            return
        ApplicationCheck.objects.filter(application=application).delete()
        ApplicationCheck.objects.bulk_create(
            ApplicationCheck(
                application=application, name=name, result=one.result, problem=one.problem, about=one.about[:255]
            )
            for name, one in found.items()
        )


def words_of(check: ApplicationCheck) -> str:
    """What was found, in the active language; "" when all is well."""
    return str(PROBLEMS[check.problem]) % {"about": check.about} if check.problem else ""


def label_of(check: ApplicationCheck) -> Promise:
    return CHECKS[check.name][0]


def _check_texts(application: PartnerApplication) -> Finding:
    if OUR_NAME in application.name.casefold():
        return Finding(CheckResult.FAILED, "our_name")
    for name in ("legal_name", "website", "policy_url"):
        if not getattr(application, name):
            return Finding(CheckResult.FAILED, "missing", name)
    for code, reason in application.purposes.items():
        if len(reason.strip()) < SHORTEST_REASON:
            return Finding(CheckResult.WARNED, "short", code)
    return PASSED


def _check_redirect_addresses(application: PartnerApplication) -> Finding:
    addresses = application.redirect_uris.split()
    native = Platform.ANDROID in application.platforms or Platform.IOS in application.platforms
    worst = PASSED
    for index, uri in enumerate(addresses):
        if redirect_uri_problem(uri, native=native):
            return Finding(CheckResult.FAILED, "no_address", uri)
        if uri in addresses[:index]:
            return Finding(CheckResult.FAILED, "twice", uri)
        if urlsplit(uri)[:2] == urlsplit(conf.issuer)[:2]:
            return Finding(CheckResult.FAILED, "ours", uri)
        found = _resolved(uri)
        if found.result == CheckResult.FAILED:
            return found
        worst = found if found.result == CheckResult.WARNED else worst
    return worst


def _resolved(uri: str) -> Finding:
    """The private-use scheme of an app (RFC 8252 §7.1) names no host."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https"):
        return PASSED
    try:
        judged_address(uri)
    except AddressUnknown:
        return Finding(CheckResult.FAILED, "unresolved", parts.hostname or "")
    except AddressRefused:
        if parts.hostname in LOOPBACK:
            return Finding(CheckResult.WARNED, "loopback", uri)
        return Finding(CheckResult.FAILED, "not_public", uri)
    return PASSED


def _check_hosts(application: PartnerApplication) -> Finding:
    """That they speak TLS with a certificate that holds; what they answer is their affair."""
    for origin in list(dict.fromkeys(_origins(application)))[:MOST_HOSTS]:
        found = _answer_at(f"{origin}/")
        if isinstance(found, Finding):
            return found
    return PASSED


def _origins(application: PartnerApplication) -> Iterator[str]:
    for uri in (application.website, application.policy_url, *application.redirect_uris.split()):
        parts = urlsplit(uri)
        if parts.scheme == "https" or (parts.scheme == "http" and _resolved(uri) == PASSED):
            yield f"{parts.scheme}://{parts.netloc}"


def _check_pages(application: PartnerApplication) -> Finding:
    for url in filter(None, (application.policy_url, application.terms_url)):
        found = _answer_at(url)
        if isinstance(found, Finding):
            return found
        if 300 <= found < 400:
            return Finding(CheckResult.WARNED, "redirected", url)
        if found != 200:
            return Finding(CheckResult.FAILED, "no_page", url)
    return PASSED


def _answer_at(url: str) -> Finding | int:
    """The status that is answered there, or why there is none."""
    try:
        return fetch(url).status
    except AddressUnknown:
        return Finding(CheckResult.FAILED, "unresolved", urlsplit(url).hostname or "")
    except AddressRefused:
        return Finding(CheckResult.FAILED, "not_public", url)
    except requests.exceptions.SSLError:
        return Finding(CheckResult.FAILED, "certificate", urlsplit(url).hostname or "")
    except requests.RequestException:
        return Finding(CheckResult.WARNED, "unreachable", urlsplit(url).hostname or "")


def _check_logo(application: PartnerApplication) -> Finding:
    try:
        clean_logo(bytes(application.logo or b""))
    except BadLogo:
        return Finding(CheckResult.FAILED, "bad_logo")
    return PASSED


def _check_keys(application: PartnerApplication) -> Finding:
    problem = public_keys_problem(application.jwks) if application.jwks is not None else ""
    return Finding(CheckResult.FAILED, "bad_keys", problem) if problem else PASSED


def _check_apps(application: PartnerApplication) -> Finding:
    if Platform.ANDROID in application.platforms and not application.android_fingerprints:
        return Finding(CheckResult.FAILED, "no_app", "Android")
    if Platform.IOS in application.platforms and not application.apple_app_ids:
        return Finding(CheckResult.FAILED, "no_app", "iOS")
    return PASSED


# In the order in which they are shown.
CHECKS: dict[str, tuple[Promise, Callable[[PartnerApplication], Finding]]] = {
    "texts": (_("Names and reasons"), _check_texts),
    "addresses": (_("Redirect addresses"), _check_redirect_addresses),
    "hosts": (_("Certificates of the hosts"), _check_hosts),
    "pages": (_("Privacy policy and terms"), _check_pages),
    "logo": (_("Logo"), _check_logo),
    "keys": (_("Public keys"), _check_keys),
    "apps": (_("Apps"), _check_apps),
}
