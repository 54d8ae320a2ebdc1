"""What pages say of the portal itself, for templates that are rendered with no request too."""

from collections.abc import Mapping

from django.template import Library

from freedom_id.conf import conf

register = Library()


@register.simple_tag
def brand() -> Mapping[str, str]:
    """`{% brand as brand %}`: its `NAME`, `STYLE_SHEET` and `MARK`."""
    return conf.brand


@register.simple_tag
def policy_url() -> str:
    return conf.policy_url


@register.simple_tag
def terms_url() -> str:
    return conf.terms_url
