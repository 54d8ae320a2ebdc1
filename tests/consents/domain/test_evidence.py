"""What is kept of an address, how keys are rotated, and what an altered box gives away: nothing."""

from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core.management import call_command

from consents.domain.evidence import keep_evidence, read_sealed, truncated_ip
from consents.models import Evidence, Subject, SubjectKey

OLD = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NEW = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="


@pytest.mark.parametrize(
    ("ip", "kept", "whole"),
    [
        ("203.0.113.77", "203.0.113.0", "203.0.113.77"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::", "2001:db8:1:2:3:4:5:6"),
        ("::ffff:203.0.113.77", "203.0.113.0", "203.0.113.77"),
        ("somewhere", "", ""),
        ("", "", ""),
    ],
)
def test_an_address_is_cut_to_its_network(ip: str, kept: str, whole: str, settings: Any) -> None:
    assert truncated_ip(ip) == kept
    settings.CONSENTS = {"KEEP_WHOLE_IP": True}
    assert truncated_ip(ip) == whole


@pytest.mark.django_db
def test_after_a_rotation_the_former_key_may_go(subject: Subject, settings: Any, capsys: Any) -> None:
    settings.CONSENTS = {"EVIDENCE_KEYS": {"old": OLD}}
    keep_evidence(subject, {"ip": "203.0.113.0"})
    box = Evidence.objects.get().sealed
    settings.CONSENTS = {"EVIDENCE_KEYS": {"new": NEW, "old": OLD}}
    assert read_sealed(Evidence.objects.get()) == '{"ip":"203.0.113.0"}'
    for number in (1, 0):
        call_command("reseal_evidence_keys")
        assert capsys.readouterr().out == f"{number} keys resealed.\n"
    settings.CONSENTS = {"EVIDENCE_KEYS": {"new": NEW}}
    assert read_sealed(Evidence.objects.get()) == '{"ip":"203.0.113.0"}'
    assert Evidence.objects.get().sealed == box
    assert SubjectKey.objects.get().sealed.startswith("new:")


def other_than(letter: str) -> str:
    return "B" if letter == "A" else "A"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda box: box + " ",
        lambda box: box[:-4] + other_than(box[-4]) + box[-3:],
        lambda box: other_than(box[0]) + box[1:],
    ],
)
def test_an_altered_box_does_not_open(change: Any, subject: Subject) -> None:
    keep_evidence(subject, {"ip": "203.0.113.0"})
    evidence = Evidence.objects.get()
    evidence.sealed = change(evidence.sealed)
    with pytest.raises(InvalidTag):
        read_sealed(evidence)
