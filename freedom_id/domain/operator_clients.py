"""Clients that an operator makes and keeps for its partners (docs/identity-v4-api.md, row 11)."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from freedom_id.domain.client_registration import NewClient, redirect_uri_problem, register_client
from freedom_id.domain.queries.clients import clients_named
from freedom_id.enums import ClientStatus
from freedom_id.errors import InvalidFields
from freedom_id.grants import SCOPES_OF_MADE_CLIENTS
from freedom_id.models import PartnerClient

LONGEST_NAME = 255
LONGEST_URI = 2000
MAIN_LANGUAGE = "en"
Errors = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Application:
    """One client to be: where its people return to, and the scopes that it may ask for."""

    redirect_uri: str
    scopes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Company:
    """Whose applications they are. The names are by language, English among them."""

    app_name: Mapping[str, str]
    company_name: Mapping[str, str]
    country: str


def register_applications(
    operator: PartnerClient, applications: Sequence[Application], company: Company
) -> list[tuple[PartnerClient, str]]:
    """Make a confidential client of each application, with its collection points; all or none. Returns each with its
    secret in clear, which is shown once.

    Raises InvalidFields by the names of the wire: `applications.1.redirect_uri`, `app_name.en`.
    """
    errors = {**_problems(applications), **_problems_of_names(company)}
    if errors:
        raise InvalidFields(errors)
    names, legal_names = _normal(company.app_name), _normal(company.company_name)
    with transaction.atomic():
        return [
            register_client(
                NewClient(
                    name=names[MAIN_LANGUAGE],
                    redirect_uris=[application.redirect_uri],
                    scopes=list(dict.fromkeys(application.scopes)),
                    legal_name=legal_names[MAIN_LANGUAGE],
                    names=_others(names),
                    legal_names=_others(legal_names),
                    country=_normal_name(company.country),
                    created_by=operator,
                )
            )
            for application in applications
        ]


def made_clients(operator: PartnerClient) -> QuerySet[PartnerClient]:
    """The operator's own, without those that staff closed."""
    return PartnerClient.objects.filter(created_by=operator).exclude(status=ClientStatus.CLOSED)


def made_client(operator: PartnerClient, reference: str) -> PartnerClient | None:
    """The one of this integer or UUID, if the operator made it."""
    return (made_clients(operator) & clients_named(reference)).first()


def _problems(applications: Sequence[Application]) -> Errors:
    errors: Errors = {}
    for index, application in enumerate(applications):
        uri = application.redirect_uri
        problem = "is too long or has odd characters" if _is_odd(uri) else redirect_uri_problem(uri, native=False)
        if problem:
            errors[f"applications.{index}.redirect_uri"] = [f"The address {problem}."]
        unknown = [scope for scope in application.scopes if scope not in SCOPES_OF_MADE_CLIENTS]
        if unknown or not application.scopes:
            refused = " ".join(f"Not for a client that you make: {scope[:50]!a}." for scope in unknown)
            errors[f"applications.{index}.scope"] = [refused or "At least one scope is needed."]
    return errors


def _problems_of_names(company: Company) -> Errors:
    errors: Errors = {}
    for field, names in (("app_name", company.app_name), ("company_name", company.company_name)):
        if MAIN_LANGUAGE not in names:
            errors[f"{field}.{MAIN_LANGUAGE}"] = ["The English name is required."]
        errors |= {f"{field}.{tag}": [problem] for tag, name in names.items() if (problem := _name_problem(name))}
    if problem := _name_problem(company.country, longest=64):
        errors["country"] = [problem]
    return errors


def _name_problem(name: str, *, longest: int = LONGEST_NAME) -> str:
    """People read names on the consent page: nothing in them may be invisible or turn the line around."""
    normal = _normal_name(name)
    if not normal or len(normal) > longest:
        return f"1 to {longest} characters are required."
    if any(unicodedata.category(character)[0] == "C" for character in normal):
        return "Invisible characters are not allowed."
    return ""


def _normal(names: Mapping[str, str]) -> dict[str, str]:
    return {tag: _normal_name(name) for tag, name in names.items()}


def _normal_name(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip()


def _others(names: Mapping[str, str]) -> dict[str, str]:
    return {tag: name for tag, name in names.items() if tag != MAIN_LANGUAGE}


def _is_odd(uri: str) -> bool:
    return len(uri) > LONGEST_URI or not uri.isascii() or not uri.isprintable()
