import re

from django import template
from django.utils.translation import ngettext

register = template.Library()
ONE_UNIT = re.compile(r"P(\d+)([YMWD])")


@register.filter
def duration_in_words(duration: str) -> str:
    """`P5Y` as “5 years”: an ISO 8601 duration of one unit in words, anything else as it stands."""
    match = ONE_UNIT.fullmatch(duration)
    if match is None:
        return duration
    number = int(match[1])
    words = {
        "Y": ngettext("%(number)d year", "%(number)d years", number),
        "M": ngettext("%(number)d month", "%(number)d months", number),
        "W": ngettext("%(number)d week", "%(number)d weeks", number),
        "D": ngettext("%(number)d day", "%(number)d days", number),
    }
    return words[match[2]] % {"number": number}
