from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FreedomIdConfig(AppConfig):
    name = "freedom_id"
    label = "freedom_id"
    verbose_name = _("Freedom ID")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from freedom_id import checks, receivers  # noqa: F401, PLC0415 -- registration needs the loaded apps
