"""What pages show of a partner and a person: plain values for templates."""

from dataclasses import dataclass

from django.urls import reverse

from freedom_id.domain.identifiers import mask_email, mask_phone
from freedom_id.domain.person import Person
from freedom_id.models import PartnerClient


@dataclass(frozen=True)
class ShownPartner:
    name: str
    logo_url: str
    initial: str
    verified: bool
    legal_name: str
    website: str
    website_url: str


def show_partner(client: PartnerClient) -> ShownPartner:
    return ShownPartner(
        name=client.name,
        logo_url=reverse("freedom_id:logo", args=[client.client_id]) if client.logo else "",
        initial=client.name[:1].upper(),
        verified=bool(client.legal_name),
        legal_name=client.legal_name or client.name,
        website=client.website.removeprefix("https://").rstrip("/"),
        website_url=client.website,
    )


def show_person(person: Person) -> dict[str, str]:
    phone, email = person.value("phone"), person.value("email")
    masked = mask_phone(phone) if phone else mask_email(email) if email else ""
    return {"display_name": person.firstname or masked, "masked": masked if person.firstname else ""}
