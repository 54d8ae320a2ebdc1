from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from identity_portal.demo import file_broker


class DemoConfig(AppConfig):
    name = "identity_portal.demo"
    label = "demo"
    verbose_name = _("Demo")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from identity_portal.demo import checks  # noqa: F401, PLC0415 -- registration needs the loaded apps

        file_broker.register()
