"""Each language writes dates in its own way, also where Django knows only the words."""

from datetime import UTC, datetime

import pytest
from django.utils import translation
from django.utils.formats import date_format

MOMENT = datetime(2026, 11, 5, 15, 9, tzinfo=UTC)
WRITTEN = {
    "en": ("Nov. 5, 2026", "3:09 p.m."),
    "ru": ("5 ноября 2026 г.", "15:09"),
    "uz": ("5-Noyabr, 2026-yil", "15:09"),
    "kk": ("2026 ж. 5 Қараша", "15:09"),
    "th": ("5 พฤศจิกายน 2026", "15:09"),
}


@pytest.mark.parametrize("language", WRITTEN)
def test_dates_and_times(language: str) -> None:
    with translation.override(language):
        assert (date_format(MOMENT, "DATE_FORMAT"), date_format(MOMENT, "TIME_FORMAT")) == WRITTEN[language]
