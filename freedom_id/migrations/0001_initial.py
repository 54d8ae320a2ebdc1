import uuid

import django.db.models.deletion
import django.utils.timezone
import oauth2_provider.models
from django.conf import settings
from django.db import migrations, models

import freedom_id.models.account
import freedom_id.models.fields
import freedom_id.models.partner_client


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "id",
                    models.BigIntegerField(
                        default=freedom_id.models.account.draw_ssoid,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="SSOID",
                    ),
                ),
                (
                    "freedom_id",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="Freedom ID"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("blocked", "Blocked"), ("closed", "Closed")],
                        default="active",
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                (
                    "firstname",
                    freedom_id.models.fields.SealedTextField(blank=True, default="", verbose_name="first name"),
                ),
                (
                    "lastname",
                    freedom_id.models.fields.SealedTextField(blank=True, default="", verbose_name="last name"),
                ),
                (
                    "patronymic",
                    freedom_id.models.fields.SealedTextField(blank=True, default="", verbose_name="patronymic"),
                ),
                (
                    "identifier",
                    freedom_id.models.fields.SealedTextField(
                        blank=True, default="", verbose_name="national identifier"
                    ),
                ),
                ("date_of_birth", models.DateField(blank=True, null=True, verbose_name="date of birth")),
                (
                    "gender",
                    models.CharField(
                        blank=True,
                        choices=[("M", "Male"), ("F", "Female")],
                        default="",
                        max_length=1,
                        verbose_name="gender",
                    ),
                ),
                (
                    "country",
                    models.CharField(
                        blank=True, default="", max_length=3, verbose_name="citizenship (ISO 3166-1 alpha-3)"
                    ),
                ),
                ("nationality", models.CharField(blank=True, default="", max_length=64, verbose_name="nationality")),
                ("locale", models.CharField(blank=True, default="", max_length=8, verbose_name="language")),
                ("is_staff", models.BooleanField(default=False, verbose_name="may enter the admin")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                (
                    "signed_out_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="signed out everywhere"),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
                "swappable": "AUTH_USER_MODEL",
            },
        ),
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("key", models.CharField(max_length=128, primary_key=True, serialize=False)),
                ("spent", models.PositiveIntegerField(default=0)),
                ("window_ends_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "allowance",
                "verbose_name_plural": "allowances",
                "indexes": [models.Index(fields=["window_ends_at"], name="allowance_window_ends")],
            },
        ),
        migrations.CreateModel(
            name="Authorization",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("grants", models.JSONField(default=dict, verbose_name="data")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="since"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="changed"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("withdrawn", "The person withdrew the consent"),
                            ("signed_out", "The person signed out"),
                            ("revoked", "The client revoked its token"),
                            ("code_replayed", "The authorization code was used twice"),
                            ("token_reused", "A rotated refresh token was used again"),
                            ("client_closed", "The partner was closed"),
                            ("account_closed", "The account was closed"),
                            ("account_blocked", "The account was blocked"),
                        ],
                        default="",
                        max_length=16,
                        verbose_name="why it ended",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="authorizations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "authorization",
                "verbose_name_plural": "authorizations",
            },
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "type",
                    models.CharField(
                        choices=[("mobile", "Phone number"), ("email", "E-mail address")],
                        max_length=6,
                        verbose_name="type",
                    ),
                ),
                ("value", freedom_id.models.fields.SealedTextField(verbose_name="value")),
                ("value_index", models.CharField(editable=False, max_length=64, verbose_name="look-up digest")),
                ("is_primary", models.BooleanField(default=False, verbose_name="main")),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="verified")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="credentials",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "credential",
                "verbose_name_plural": "credentials",
            },
        ),
        migrations.CreateModel(
            name="DeviceGrant",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("device_code", models.CharField(max_length=100, verbose_name="device code")),
                ("user_code", models.CharField(max_length=100, verbose_name="user code")),
                ("scope", models.TextField(blank=True, verbose_name="scope")),
                ("interval", models.IntegerField(default=5, verbose_name="interval")),
                ("expires", models.DateTimeField(verbose_name="expires")),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("authorized", "Authorized"),
                            ("authorization-pending", "Authorization pending"),
                            ("expired", "Expired"),
                            ("denied", "Denied"),
                        ],
                        default="authorization-pending",
                        max_length=64,
                        verbose_name="status",
                    ),
                ),
                ("client_id", models.CharField(db_index=True, max_length=100, verbose_name="client ID")),
                ("last_checked", models.DateTimeField(auto_now=True, verbose_name="last checked")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "device grant",
                "verbose_name_plural": "device grants",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OneTimeCode",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("channel", models.CharField(choices=[("sms", "SMS"), ("email", "E-mail")], max_length=5)),
                ("address", freedom_id.models.fields.SealedTextField()),
                ("address_index", models.CharField(max_length=64)),
                ("locale", models.CharField(blank=True, default="", max_length=8)),
                (
                    "requested_by",
                    models.CharField(
                        blank=True, default="", max_length=255, verbose_name="name of the partner in the message"
                    ),
                ),
                ("digest", models.CharField(blank=True, default="", max_length=64)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField()),
                ("consumed_at", models.DateTimeField(blank=True, null=True)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "one-time code",
                "verbose_name_plural": "one-time codes",
            },
        ),
        migrations.CreateModel(
            name="PartnerClient",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "redirect_uris",
                    models.TextField(
                        blank=True, help_text="Allowed URIs list, space separated", verbose_name="redirect URIs"
                    ),
                ),
                (
                    "post_logout_redirect_uris",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Allowed Post Logout URIs list, space separated",
                        verbose_name="post logout redirect URIs",
                    ),
                ),
                (
                    "client_type",
                    models.CharField(
                        choices=[("confidential", "Confidential"), ("public", "Public")],
                        max_length=32,
                        verbose_name="client type",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="name")),
                ("skip_authorization", models.BooleanField(default=False, verbose_name="skip authorization")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "allowed_origins",
                    models.TextField(
                        blank=True,
                        default="",
                        help_text="Allowed origins list to enable CORS, space separated",
                        verbose_name="allowed origins",
                    ),
                ),
                (
                    "registration_source",
                    models.CharField(
                        choices=[
                            ("manual", "Manual"),
                            ("dcr", "Dynamic Client Registration"),
                            ("cimd", "Client ID Metadata Document"),
                        ],
                        default="manual",
                        help_text="How this application was registered (manual, DCR per RFC 7591, or CIMD)",
                        max_length=32,
                        verbose_name="registration source",
                    ),
                ),
                (
                    "cimd_expires_at",
                    models.DateTimeField(
                        blank=True,
                        default=None,
                        help_text="When the cached Client ID Metadata Document should be re-fetched",
                        null=True,
                        verbose_name="CIMD expires at",
                    ),
                ),
                (
                    "client_id",
                    models.CharField(
                        default=freedom_id.models.partner_client.draw_client_id,
                        editable=False,
                        max_length=255,
                        unique=True,
                        verbose_name="client id",
                    ),
                ),
                (
                    "client_secret",
                    models.CharField(
                        blank=True, default="", editable=False, max_length=64, verbose_name="digest of the secret"
                    ),
                ),
                (
                    "callback_key",
                    freedom_id.models.fields.SealedTextField(
                        blank=True, default="", editable=False, verbose_name="key that signs callbacks"
                    ),
                ),
                ("hash_client_secret", models.BooleanField(default=False, editable=False)),
                ("algorithm", models.CharField(blank=True, default="", editable=False, max_length=5)),
                (
                    "authorization_grant_type",
                    models.CharField(
                        choices=[
                            ("authorization-code", "Authorization code"),
                            ("urn:ietf:params:oauth:grant-type:device_code", "Device Code"),
                            ("implicit", "Implicit"),
                            ("password", "Resource owner password-based"),
                            ("client-credentials", "Client credentials"),
                            ("openid-hybrid", "OpenID connect hybrid"),
                        ],
                        default="authorization-code",
                        editable=False,
                        max_length=44,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("suspended", "Suspended"), ("closed", "Closed")],
                        default="active",
                        max_length=9,
                        verbose_name="status",
                    ),
                ),
                ("grant_types", models.JSONField(default=list, verbose_name="grant types")),
                ("scopes", models.JSONField(blank=True, default=list, verbose_name="scopes of the standard door")),
                ("grants", models.JSONField(blank=True, default=list, verbose_name="data it may ask for")),
                (
                    "required_grants",
                    models.JSONField(blank=True, default=list, verbose_name="data without which it cannot serve"),
                ),
                (
                    "revoke_uris",
                    models.TextField(blank=True, default="", verbose_name="revoke callbacks, space separated"),
                ),
                ("jwks", models.JSONField(blank=True, null=True, verbose_name="public keys")),
                ("first_party", models.BooleanField(default=False, verbose_name="belongs to the group")),
                ("native", models.BooleanField(default=False, verbose_name="native app (PKCE required)")),
                (
                    "errors_as_200",
                    models.BooleanField(
                        default=False, verbose_name="answers errors with status 200 (old integrations)"
                    ),
                ),
                ("legal_name", models.CharField(blank=True, default="", max_length=255, verbose_name="legal name")),
                ("website", models.URLField(blank=True, default="", verbose_name="website")),
                ("logo", models.BinaryField(blank=True, null=True, verbose_name="logo (PNG)")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "partner",
                "verbose_name_plural": "partners",
            },
        ),
        migrations.CreateModel(
            name="IDToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("jti", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="JWT Token ID")),
                ("expires", models.DateTimeField(verbose_name="expires")),
                ("scope", models.TextField(blank=True, verbose_name="scope")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="%(app_label)s_%(class)s",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        verbose_name="application",
                    ),
                ),
            ],
            options={
                "verbose_name": "ID token",
                "verbose_name_plural": "ID tokens",
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("expires", models.DateTimeField(verbose_name="expires")),
                ("redirect_uri", models.TextField(verbose_name="redirect URI")),
                ("scope", models.TextField(blank=True, verbose_name="scope")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "code_challenge",
                    models.CharField(blank=True, default="", max_length=128, verbose_name="code challenge"),
                ),
                (
                    "code_challenge_method",
                    models.CharField(
                        blank=True,
                        choices=[("plain", "plain"), ("S256", "S256")],
                        default="",
                        max_length=10,
                        verbose_name="code challenge method",
                    ),
                ),
                ("nonce", models.CharField(blank=True, default="", max_length=255, verbose_name="nonce")),
                ("claims", models.TextField(blank=True, verbose_name="claims")),
                (
                    "resource",
                    oauth2_provider.models.ResourceJSONField(blank=True, default=list, verbose_name="resource"),
                ),
                ("code", models.CharField(max_length=255, verbose_name="digest of the code")),
                ("grants", models.JSONField(default=list)),
                ("sign_in_id", models.UUIDField(blank=True, null=True)),
                ("authenticated_at", models.DateTimeField()),
                ("spent_at", models.DateTimeField(blank=True, null=True)),
                ("family_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "authorization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="freedom_id.authorization"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "authorization code",
                "verbose_name_plural": "authorization codes",
            },
        ),
        migrations.CreateModel(
            name="AuthorizationRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "door",
                    models.CharField(
                        choices=[("freedom_id", "Freedom ID"), ("oauth", "OAuth 2.0 / OpenID Connect")], max_length=10
                    ),
                ),
                ("redirect_uri", models.TextField()),
                ("scope", models.TextField(blank=True, default="")),
                ("grants", models.JSONField(default=list)),
                ("state", models.CharField(blank=True, default="", max_length=512)),
                ("nonce", models.CharField(blank=True, default="", max_length=255)),
                ("prompt", models.CharField(blank=True, default="", max_length=64)),
                ("max_age", models.PositiveIntegerField(blank=True, null=True)),
                ("code_challenge", models.CharField(blank=True, default="", max_length=43)),
                ("locale", models.CharField(blank=True, default="", max_length=8)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "authorization request",
                "verbose_name_plural": "authorization requests",
            },
        ),
        migrations.AddField(
            model_name="authorization",
            name="client",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="authorizations",
                to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="AccountEvent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("account:session:started", "Signed in"),
                            ("account:session:refused", "Sign-in failed"),
                            ("account:session:ended", "Signed out"),
                            ("account:status:blocked", "Blocked by support"),
                            ("account:status:unblocked", "Unblocked by support"),
                            ("account:authorization:recorded", "Agreed to share data"),
                            ("account:authorization:refused", "Refused to share data"),
                            ("account:authorization:ended", "Stopped sharing data"),
                            ("client:code:replayed", "An authorization code was used twice; its tokens were revoked"),
                            ("client:token:reused", "An old refresh token was used again; its tokens were revoked"),
                        ],
                        max_length=40,
                        verbose_name="action",
                    ),
                ),
                ("ip", models.GenericIPAddressField(blank=True, null=True, verbose_name="address")),
                (
                    "happened_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="when"),
                ),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "account event",
                "verbose_name_plural": "account events",
            },
        ),
        migrations.CreateModel(
            name="AccessToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token", models.TextField(verbose_name="token")),
                ("expires", models.DateTimeField(verbose_name="expires")),
                ("scope", models.TextField(blank=True, verbose_name="scope")),
                (
                    "resource",
                    oauth2_provider.models.ResourceJSONField(blank=True, default=list, verbose_name="resource"),
                ),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("token_checksum", oauth2_provider.models.TokenChecksumField(max_length=64, verbose_name="digest")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "id_token",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="access_token",
                        to=settings.OAUTH2_PROVIDER_ID_TOKEN_MODEL,
                        verbose_name="ID token",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "access token",
                "verbose_name_plural": "access tokens",
            },
        ),
        migrations.CreateModel(
            name="ProfileRequest",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("request_id", models.UUIDField(verbose_name="the partner's id")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("accepted", "Accepted"),
                            ("running", "Running"),
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                        ],
                        default="accepted",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=64, verbose_name="reason")),
                ("lease", models.UUIDField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="due")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                ("expires_at", models.DateTimeField(verbose_name="kept until")),
                ("parcel", freedom_id.models.fields.SealedTextField(blank=True, null=True)),
                (
                    "authorization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="profile_requests",
                        to="freedom_id.authorization",
                    ),
                ),
            ],
            options={
                "verbose_name": "profile request",
                "verbose_name_plural": "profile requests",
            },
        ),
        migrations.CreateModel(
            name="RefreshToken",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token", models.TextField(verbose_name="token")),
                (
                    "token_checksum",
                    oauth2_provider.models.TokenChecksumField(max_length=64, verbose_name="token checksum"),
                ),
                ("token_family", models.UUIDField(blank=True, editable=False, null=True, verbose_name="token family")),
                (
                    "resource",
                    oauth2_provider.models.ResourceJSONField(blank=True, default=list, verbose_name="resource"),
                ),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("revoked", models.DateTimeField(null=True, verbose_name="revoked")),
                ("expires", models.DateTimeField(verbose_name="expires")),
                ("rotated_at", models.DateTimeField(blank=True, null=True, verbose_name="rotated")),
                (
                    "access_token",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="refresh_token",
                        to=settings.OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL,
                        verbose_name="access token",
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "refresh token",
                "verbose_name_plural": "refresh tokens",
            },
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="source_refresh_token",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="refreshed_access_token",
                to=settings.OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL,
                verbose_name="source refresh token",
            ),
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("kid", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("algorithm", models.CharField(default="ES256", max_length=5, verbose_name="algorithm")),
                ("public_jwk", models.JSONField(verbose_name="public key")),
                ("private_jwk", freedom_id.models.fields.SealedTextField(editable=False, verbose_name="private key")),
                (
                    "state",
                    models.CharField(
                        choices=[("published", "Published"), ("signing", "Signing"), ("retired", "Retired")],
                        default="published",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
            ],
            options={
                "verbose_name": "signing key",
                "verbose_name_plural": "signing keys",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "signing")), fields=("algorithm",), name="signingkey_one_signs"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["published", "signing", "retired"])),
                        name="signingkey_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TokenFamily",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("grants", models.JSONField(default=list)),
                ("scope", models.TextField(blank=True, default="")),
                ("nonce", models.CharField(blank=True, default="", max_length=255)),
                ("sign_in_id", models.UUIDField(blank=True, null=True)),
                ("authenticated_at", models.DateTimeField()),
                ("revoke_uri", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("withdrawn", "The person withdrew the consent"),
                            ("signed_out", "The person signed out"),
                            ("revoked", "The client revoked its token"),
                            ("code_replayed", "The authorization code was used twice"),
                            ("token_reused", "A rotated refresh token was used again"),
                            ("client_closed", "The partner was closed"),
                            ("account_closed", "The account was closed"),
                            ("account_blocked", "The account was blocked"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                (
                    "authorization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="families",
                        to="freedom_id.authorization",
                    ),
                ),
            ],
            options={
                "verbose_name": "token family",
                "verbose_name_plural": "token families",
            },
        ),
        migrations.CreateModel(
            name="RevokeCallback",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("url", models.TextField(verbose_name="address")),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "Queued"), ("delivered", "Delivered"), ("dead", "Given up")],
                        default="queued",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("last_result", models.CharField(blank=True, default="", max_length=128, verbose_name="last result")),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="next try")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                (
                    "family",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revoke_callback",
                        to="freedom_id.tokenfamily",
                    ),
                ),
            ],
            options={
                "verbose_name": "revoke callback",
                "verbose_name_plural": "revoke callbacks",
            },
        ),
        migrations.AddField(
            model_name="refreshtoken",
            name="family",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="refresh_tokens", to="freedom_id.tokenfamily"
            ),
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="family",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="access_tokens", to="freedom_id.tokenfamily"
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("id__gte", 10000000)), name="account_ssoid_has_eight_digits"
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["active", "blocked", "closed"])), name="account_status_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("country", ""), ("country__regex", "^[A-Z]{3}$"), _connector="OR"),
                name="account_country_is_alpha3",
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(
                condition=models.Q(("verified_at__isnull", False)),
                fields=("value_index",),
                name="credential_verified_by_one_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_primary", True)),
                fields=("account", "type"),
                name="credential_one_main_per_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(fields=("account", "value_index"), name="credential_once_per_account"),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.CheckConstraint(
                condition=models.Q(("type__in", ["mobile", "email"])), name="credential_type_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_primary", False), ("verified_at__isnull", False), _connector="OR"),
                name="credential_main_is_verified",
            ),
        ),
        migrations.AddConstraint(
            model_name="devicegrant",
            constraint=models.UniqueConstraint(
                fields=("device_code",), name="freedom_id_devicegrant_unique_device_code"
            ),
        ),
        migrations.AddIndex(
            model_name="onetimecode",
            index=models.Index(
                condition=models.Q(("retired_at__isnull", True), ("sent_at__isnull", True)),
                fields=["due_at"],
                name="onetimecode_to_send",
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.UniqueConstraint(
                condition=models.Q(("consumed_at__isnull", True), ("retired_at__isnull", True)),
                fields=("address_index",),
                name="onetimecode_one_live_per_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(("attempts__lte", 5)), name="onetimecode_attempts_are_bounded"
            ),
        ),
        migrations.AddConstraint(
            model_name="onetimecode",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["sms", "email"])), name="onetimecode_channel_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["active", "suspended", "closed"])), name="client_status_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(("client_type__in", ["confidential", "public"])), name="client_type_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("client_secret", ""), ("client_type", "public")),
                    ("client_type", "confidential"),
                    _connector="OR",
                ),
                name="client_public_has_no_secret",
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["expires"], name="grant_expires"),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(fields=("code",), name="grant_digest_is_unique"),
        ),
        migrations.AddIndex(
            model_name="authorizationrequest",
            index=models.Index(fields=["expires_at"], name="authrequest_expires"),
        ),
        migrations.AddConstraint(
            model_name="authorizationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("door__in", ["freedom_id", "oauth"])), name="authrequest_door_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="authorizationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("created_at"))), name="authrequest_lives_forward"
            ),
        ),
        migrations.AddConstraint(
            model_name="authorization",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("account", "client"),
                name="authorization_one_live_per_client",
            ),
        ),
        migrations.AddConstraint(
            model_name="authorization",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_reason", ""), ("ended_at__isnull", True)),
                    models.Q(("ended_at__isnull", False), models.Q(("end_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="authorization_end_has_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="accountevent",
            index=models.Index(fields=["account", "-happened_at"], name="event_of_account"),
        ),
        migrations.AddIndex(
            model_name="profilerequest",
            index=models.Index(
                condition=models.Q(("state__in", ["accepted", "running"])),
                fields=["due_at"],
                name="profilerequest_to_do",
            ),
        ),
        migrations.AddIndex(
            model_name="profilerequest",
            index=models.Index(fields=["expires_at"], name="profilerequest_expires"),
        ),
        migrations.AddConstraint(
            model_name="profilerequest",
            constraint=models.UniqueConstraint(
                fields=("authorization", "request_id"), name="profilerequest_once_per_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="profilerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["accepted", "running", "completed", "failed"])),
                name="profilerequest_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="profilerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("parcel__isnull", True), ("state", "completed"), _connector="OR"),
                name="profilerequest_parcel_only_when_completed",
            ),
        ),
        migrations.AddConstraint(
            model_name="profilerequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", True), ("state__in", ["accepted", "running"])),
                    models.Q(("finished_at__isnull", False), ("state__in", ["completed", "failed"])),
                    _connector="OR",
                ),
                name="profilerequest_end_has_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="tokenfamily",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["sign_in_id"], name="tokenfamily_of_session"
            ),
        ),
        migrations.AddIndex(
            model_name="revokecallback",
            index=models.Index(condition=models.Q(("state", "queued")), fields=["due_at"], name="callback_to_do"),
        ),
        migrations.AddConstraint(
            model_name="revokecallback",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "delivered", "dead"])), name="callback_state_is_known"
            ),
        ),
        migrations.AddIndex(
            model_name="refreshtoken",
            index=models.Index(fields=["expires"], name="refreshtoken_expires"),
        ),
        migrations.AddConstraint(
            model_name="refreshtoken",
            constraint=models.UniqueConstraint(fields=("token_checksum",), name="refreshtoken_digest_is_unique"),
        ),
        migrations.AddIndex(
            model_name="accesstoken",
            index=models.Index(fields=["expires"], name="accesstoken_expires"),
        ),
        migrations.AddConstraint(
            model_name="accesstoken",
            constraint=models.UniqueConstraint(fields=("token_checksum",), name="accesstoken_digest_is_unique"),
        ),
    ]
