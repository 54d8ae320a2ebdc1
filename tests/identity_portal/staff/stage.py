"""A person, a partner and a purpose on their way, so that every admin has a row and every act something to act on."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib.admin import ModelAdmin, site
from django.contrib.auth.models import Group

from consents.admin.acts import ActsAdmin
from consents.conf import conf
from consents.domain.collection_points import open_collection_point
from consents.domain.purposes import NoticeText
from consents.domain.recording import record_decisions
from consents.domain.review import draft_version, submit_for_review
from consents.domain.subjects import subject_for_account
from consents.enums import Action, Actor, Channel, ErasureKind
from consents.models import CollectionPoint, Erasure, Evidence, EvidenceAccess, Purpose, PurposeVersion, Subject
from freedom_id.domain.audit import ADMINISTRATOR
from freedom_id.models import Account, PartnerApplication
from tests.consents.acts import CLIENT, answers, open_point, publish
from tests.factories.applications import in_review as applied_for_review
from tests.factories.staff import browser_of
from tests.freedom_id.admin.connections import Connection, connect, end

__all__ = ["Stage", "acts_of", "admins", "browser_of", "member", "own_views", "stage"]

OURS = {"freedom_id", "consents"}
DJANGOS = {"changelist_view", "add_view", "change_view", "delete_view", "history_view", "act_view", "view"}


@dataclass
class Stage:
    connection: Connection
    subject: Subject
    point: CollectionPoint
    purpose: Purpose
    draft: PurposeVersion
    in_review: PurposeVersion
    application: PartnerApplication

    def row(self, model: type) -> Any:
        """One row of this model, preferably of the person or the partner."""
        known: dict[str, Any] = {
            "account": self.connection.account,
            "partnerclient": self.connection.client,
            "partnerapplication": self.application,
            "subject": self.subject,
            "purpose": self.purpose,
            "purposeversion": self.draft,
            "collectionpoint": self.point,
        }
        return known.get(model._meta.model_name) or model._default_manager.first()


def stage() -> Stage:
    connection = connect()
    end(connect())
    subject = subject_for_account(connection.account)
    first = publish("calls")
    publish("news")
    record_decisions(
        subject,
        collection_point=open_point("calls"),
        scope_key=CLIENT,
        decisions=answers(Action.ALLOW, "calls"),
        actor=Actor.SELF,
        evidence={"ip": "192.0.2.0"},
    )
    evidence = Evidence.objects.get(subject=subject)
    EvidenceAccess(evidence_id=evidence.pk, subject_id=subject.pk, actor_ref="1", reason="x").save()
    Erasure(subject_id=uuid4(), kind=ErasureKind.SHRED, epoch=1, actor_ref="1").save()
    point = open_collection_point(name="form 7", recipient=CLIENT, channel=Channel.PAPER, purposes=["calls"])
    in_review = submit_for_review(whole("news"), by="somebody else", until_withdrawn=True)
    application = applied_for_review()
    return Stage(connection, subject, point, first.purpose, whole("calls"), in_review, application)


def whole(name: str) -> PurposeVersion:
    """A draft that lacks nothing."""
    texts = {locale: NoticeText("Phone", "To call you.", "No calls.", "In your apps.") for locale in conf.locales}
    facts: Any = {"retention": "a year", "jurisdiction": "UZ", "change_kind": "material", "carry_over": "none"}
    return draft_version(name, texts=texts, data_items=["phone"], **facts)


def member(role: str) -> Account:
    account = Account.objects.create_account(is_staff=True, is_superuser=role == ADMINISTRATOR)
    account.groups.add(Group.objects.get(name=role))
    return account


def admins() -> list[ModelAdmin]:
    """Ours, in the order of their names."""
    found = [one for one in site._registry.values() if one.opts.app_label in OURS]
    return sorted(found, key=lambda one: one.opts.label_lower)


def own_views(owner: ModelAdmin) -> dict[str, Any]:
    """The addresses of an admin beside Django's five, by name of the view."""
    return {one.callback.__name__: one for one in owner.get_urls() if one.callback.__name__ not in DJANGOS}


def acts_of(owner: ModelAdmin) -> set[str]:
    """The names of all that can be done beside adding, changing, deleting and reading."""
    acts = owner.acts() if isinstance(owner, ActsAdmin) else {}
    return {f"{owner.opts.model_name}.{name}" for name in [*owner.actions, *acts, *own_views(owner)]}
