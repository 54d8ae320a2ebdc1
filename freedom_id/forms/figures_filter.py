from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from freedom_id.domain.queries.figures import Span
from freedom_id.models import PartnerClient

DEFAULT_DAYS = 30
PERIODS = [("7", _("7 days")), ("30", _("30 days")), ("90", _("90 days"))]
ALL = [("", _("All"))]


class FiguresFilter(forms.Form):
    """What figures are about. Whatever says nothing sensible is told of, and counts as not said."""

    period = forms.ChoiceField(label=_("Period"), choices=PERIODS)
    partner = forms.ChoiceField(label=_("Partner"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[*ALL, *settings.LANGUAGES], required=False)

    def __init__(self, data: QueryDict, *, of: PartnerClient | None = None) -> None:
        """`of` is the one partner that a page is about."""
        given = {name: data[name] for name in self.base_fields if name in data}
        super().__init__({"period": str(DEFAULT_DAYS), **given}, label_suffix="")
        self._of = of.client_id if of else ""
        if of:
            del self.fields["partner"]
        else:
            self.fields["partner"].choices = [*ALL, *self._partners().items()]  # type: ignore[attr-defined]

    @property
    def names(self) -> dict[str, str]:
        """Of the partners that there are, by client id."""
        choices: Any = self.fields["partner"].choices  # type: ignore[attr-defined]
        return dict(list(choices)[1:])

    def span(self) -> Span:
        self.full_clean()
        chosen = getattr(self, "cleaned_data", {})
        return Span.of_last(
            int(chosen.get("period", DEFAULT_DAYS)),
            partner=self._of or chosen.get("partner", ""),
            locale=chosen.get("language", ""),
        )

    def _partners(self) -> dict[str, str]:
        named = PartnerClient.objects.order_by("name", "client_id").values_list("client_id", "name")
        return {client_id: name or client_id for client_id, name in named}
