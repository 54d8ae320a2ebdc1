from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class StaffAdminConfig(AdminConfig):
    """Django's admin, with our site and our roles."""

    default = False
    default_site = "identity_portal.staff.site.StaffSite"

    def ready(self) -> None:
        from identity_portal.staff.roles import make_roles  # noqa: PLC0415 -- models are loaded from here on

        super().ready()
        # By the turn of this app the permissions of the apps before it are there, and after a flush again.
        post_migrate.connect(make_roles, sender=self, dispatch_uid="identity_portal.make_roles")
