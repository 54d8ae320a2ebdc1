from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoPartnerConfig(AppConfig):
    name = "identity_portal.demo_partner"
    label = "demo_partner"
    verbose_name = _("Sample partner")
    default_auto_field = "django.db.models.BigAutoField"
