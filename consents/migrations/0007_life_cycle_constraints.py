import datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consents", "0006_fill_chain_and_acceptance")]

    operations = [
        migrations.RemoveConstraint(
            model_name="purposeversion",
            name="consents_version_state_known",
        ),
        migrations.RemoveConstraint(
            model_name="purposeversion",
            name="consents_version_published_at_when_published",
        ),
        migrations.RemoveIndex(
            model_name="consentstate",
            name="consents_state_check",
        ),
        migrations.AddIndex(
            model_name="consentstate",
            index=models.Index(
                fields=[
                    "subject",
                    "purpose",
                    "scope_key",
                    "status",
                    "version_number",
                    "expires_at",
                    "last_transaction",
                ],
                name="consents_state_check",
            ),
        ),
        migrations.AddIndex(
            model_name="consenttransaction",
            index=models.Index(fields=["recorded_at"], name="consents_transaction_recorded"),
        ),
        migrations.AddConstraint(
            model_name="consenttransaction",
            constraint=models.UniqueConstraint(fields=("subject", "epoch"), name="consents_transaction_epoch_unique"),
        ),
        migrations.AddConstraint(
            model_name="consenttransaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("notice_token_id__isnull", False)),
                fields=("notice_token_id", "purpose", "scope_key"),
                name="consents_transaction_notice_spent_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="consenttransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("epoch__gte", 1)), name="consents_transaction_epoch_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="consenttransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("row_hash", ""), _negated=True), name="consents_transaction_hashed"
            ),
        ),
        migrations.AddConstraint(
            model_name="consenttransaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("evidence_commit", ""), ("evidence_id", None)),
                    models.Q(("evidence_id__isnull", False), models.Q(("evidence_commit", ""), _negated=True)),
                    _connector="OR",
                ),
                name="consents_transaction_evidence_committed",
            ),
        ),
        migrations.AddConstraint(
            model_name="purpose",
            constraint=models.CheckConstraint(
                condition=models.Q(("mechanism__in", ["opt_in", "opt_out", "notice_only"])),
                name="consents_purpose_mechanism_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="purpose",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("mechanism", "opt_in"),
                    models.Q(("legal_basis__in", ["consent", "explicit_consent"]), _negated=True),
                    _connector="OR",
                ),
                name="consents_purpose_consent_is_opt_in",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "in_review", "published", "superseded"])),
                name="consents_version_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at", None), ("state__in", ["draft", "in_review"])),
                    models.Q(
                        models.Q(("state__in", ["draft", "in_review"]), _negated=True), ("published_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="consents_version_published_at_when_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lifespan_months", None),
                    models.Q(("lifespan", None), ("lifespan_months__gte", 1)),
                    _connector="OR",
                ),
                name="consents_version_one_lifespan",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("lifespan_anchor__in", ["first_yes", "last_yes"])),
                name="consents_version_anchor_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("carry_over__in", ["none", "until_expiry", "grace", "full"]), ("change_kind", "material")
                    ),
                    models.Q(("carry_over", "full"), ("change_kind__in", ["editorial", "translation"])),
                    _connector="OR",
                ),
                name="consents_version_change_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("carry_over", "grace"), ("grace__gt", datetime.timedelta(0))),
                    models.Q(models.Q(("carry_over", "grace"), _negated=True), ("grace", None)),
                    _connector="OR",
                ),
                name="consents_version_grace_has_a_length",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepts_from", None), ("state__in", ["draft", "in_review"])),
                    models.Q(
                        models.Q(("state__in", ["draft", "in_review"]), _negated=True),
                        ("accepts_from__gte", 1),
                        ("accepts_from__lte", models.F("number")),
                    ),
                    _connector="OR",
                ),
                name="consents_version_accepts_when_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("carried_from", None), ("carried_until", None)),
                    models.Q(("carried_from__gte", 1), ("carried_from__lt", models.F("accepts_from"))),
                    _connector="OR",
                ),
                name="consents_version_carries_older",
            ),
        ),
        migrations.AddConstraint(
            model_name="purposeversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("submitted_by", ""),
                    models.Q(("published_by", models.F("submitted_by")), _negated=True),
                    _connector="OR",
                ),
                name="consents_version_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="subject",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("epoch", 0), ("head", "")),
                    models.Q(("epoch__gte", 1), models.Q(("head", ""), _negated=True)),
                    _connector="OR",
                ),
                name="consents_subject_head_of_chain",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.UniqueConstraint(fields=("subject_id", "kind"), name="consents_erasure_once_per_kind"),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["skeleton", "shred"])), name="consents_erasure_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis", ""), ("keep_until", None), ("kind", "shred")),
                    models.Q(("kind", "skeleton"), models.Q(("basis", ""), _negated=True)),
                    _connector="OR",
                ),
                name="consents_erasure_skeleton_has_a_basis",
            ),
        ),
        migrations.AddConstraint(
            model_name="evidenceaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("actor_ref", ""), _negated=True), models.Q(("reason", ""), _negated=True)),
                name="consents_access_says_who_and_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="answeredkey",
            constraint=models.UniqueConstraint(fields=("subject", "caller", "key"), name="consents_answered_key_once"),
        ),
        migrations.AddConstraint(
            model_name="answeredkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("key", ""), _negated=True), name="consents_answered_key_given"
            ),
        ),
        migrations.AddConstraint(
            model_name="dailycount",
            constraint=models.UniqueConstraint(
                fields=("day", "purpose_version", "collection_point", "scope_key", "counted", "shard"),
                name="consents_count_unique",
            ),
        ),
        migrations.AddConstraint(
            model_name="dailycount",
            constraint=models.CheckConstraint(
                condition=models.Q(("counted__in", ["asked", "allow", "refuse", "withdraw", "renew"])),
                name="consents_count_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="pinnedversion",
            constraint=models.UniqueConstraint(fields=("point", "purpose"), name="consents_pin_one_per_purpose"),
        ),
    ]
