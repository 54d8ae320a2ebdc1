"""What each report's page says: its title, its filters, its figures, and what they mean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy

from consents.admin.report_figures import (
    FEW,
    Figures,
    Label,
    active_figures,
    evidence_figures,
    expiring_figures,
    ledger_figures,
    opt_in_figures,
    superseded_figures,
    withdrawals_figures,
)
from consents.forms.report_filter import ReportFilter


@dataclass(frozen=True)
class ReportPage:
    """`only` are the filters it can be narrowed by; `figures` reads them from the valid form."""

    title: Label
    about: Label
    empty: Label
    only: tuple[str, ...]
    figures: Callable[[ReportFilter], Figures]
    terms: Sequence[tuple[Label, Label]] = field(default_factory=list)


PERIOD = ("since", "until", "purpose", "version", "point", "client")

PAGES = {
    "opt-in": ReportPage(
        title=gettext_lazy("Opt-in rate"),
        about=gettext_lazy("Who was asked and what they said, over time and by version, place and client."),
        empty=gettext_lazy("Nobody was asked in this period. Rates appear here with the first answers."),
        only=("since", "until", "by", "purpose", "version", "point", "client"),
        figures=opt_in_figures,
        terms=[
            (gettext_lazy("Given"), gettext_lazy("Answers yes, first or renewed.")),
            (gettext_lazy("Refused"), gettext_lazy("Answers no. A withdrawal is no answer; it has its own report.")),
            (
                gettext_lazy("Asked"),
                gettext_lazy(
                    "How often a page showed the question; shown again counts again. Never less than the answers."
                ),
            ),
            (gettext_lazy("Give rate"), gettext_lazy("Given ÷ asked, with its Wilson interval at 95 %.")),
            (gettext_lazy("Decision rate"), gettext_lazy("(Given + refused) ÷ asked.")),
            (FEW, gettext_lazy("Fewer than ten answers: they would tell about single people.")),
        ],
    ),
    "withdrawals": ReportPage(
        title=gettext_lazy("Withdrawals"),
        about=gettext_lazy("How many people changed their mind, where, and how old their consent was."),
        empty=gettext_lazy("Nobody withdrew in this period."),
        only=PERIOD,
        figures=withdrawals_figures,
        terms=[
            (
                gettext_lazy("Withdrawal"),
                gettext_lazy("A row “withdraw” of the ledger. Refusing what stood before counts as a refusal."),
            ),
            (
                gettext_lazy("Age"),
                gettext_lazy("From the yes that began the consent to the withdrawal; renewals do not begin anew."),
            ),
            (
                gettext_lazy("Collection point"),
                gettext_lazy("Withdrawals are made anywhere and belong to no point: choosing one leaves none."),
            ),
        ],
    ),
    "expiring": ReportPage(
        title=gettext_lazy("Expiring"),
        about=gettext_lazy("Consents that end by themselves within 30, 60 or 90 days."),
        empty=gettext_lazy("No consent ends in the next 90 days. Consents without a lifespan never do."),
        only=("purpose", "client"),
        figures=expiring_figures,
        terms=[
            (
                gettext_lazy("Ends"),
                gettext_lazy("A check permits it now, and its end is in that time. 60 days include 30."),
            )
        ],
    ),
    "superseded": ReportPage(
        title=gettext_lazy("Awaiting a new consent"),
        about=gettext_lazy("Who agreed to a version that counts no more, and who came back."),
        empty=gettext_lazy("Every version ever published still counts: nobody has to be asked again."),
        only=("purpose",),
        figures=superseded_figures,
        terms=[
            (
                gettext_lazy("Awaiting"),
                gettext_lazy("Their last word is a yes to this version, and a check no longer permits it."),
            ),
            (
                gettext_lazy("Carried"),
                gettext_lazy("The same, but still permitted: in a grace period, or until it expires."),
            ),
            (
                gettext_lazy("Came back"),
                gettext_lazy("Once said yes to this version; now stands a yes to a later one."),
            ),
            (gettext_lazy("Return rate"), gettext_lazy("Came back ÷ (came back + awaiting).")),
        ],
    ),
    "active": ReportPage(
        title=gettext_lazy("Active at a past date"),
        about=gettext_lazy("How many consents stood at the end of a day, counted from the ledger."),
        empty=gettext_lazy("No consent stood at the end of that day."),
        only=("day", "purpose", "client"),
        figures=active_figures,
        terms=[
            (
                gettext_lazy("Active"),
                gettext_lazy(
                    "A check at that moment would have permitted it, from what was recorded by then. What is entered "
                    "later changes later days only, so a past day gives the same figures for ever; but for people "
                    "whose rows were destroyed since."
                ),
            )
        ],
    ),
    "evidence": ReportPage(
        title=gettext_lazy("Evidence health"),
        about=gettext_lazy("What the rows of a period can prove about themselves."),
        empty=gettext_lazy("Nothing was recorded in this period."),
        only=PERIOD,
        figures=evidence_figures,
        terms=[
            (
                gettext_lazy("No notice token"),
                gettext_lazy("An answer that no signed page brought. Target: 0 on pages."),
            ),
            (gettext_lazy("No evidence"), gettext_lazy("Nothing is kept of how the row came about.")),
            (
                gettext_lazy("Evidence destroyed"),
                gettext_lazy("The row commits to evidence that is gone, or whose key is."),
            ),
            (
                gettext_lazy("Text missing"),
                gettext_lazy("No published text has the row’s version, language and digest. Target: 0."),
            ),
        ],
    ),
    "ledger": ReportPage(
        title=gettext_lazy("Ledger health"),
        about=gettext_lazy("How large the ledger is, and whether the live counters agree with it."),
        empty=gettext_lazy("The ledger is empty."),
        only=PERIOD,
        figures=ledger_figures,
        terms=[
            (gettext_lazy("Counted"), gettext_lazy("The daily counts of the period, added up.")),
            (gettext_lazy("In the ledger"), gettext_lazy("The rows recorded in the period.")),
            (gettext_lazy("Difference"), gettext_lazy("Target: 0. Only verify_ledger proves that no row was changed.")),
            (
                gettext_lazy("People, rows"),
                gettext_lazy("Subjects with or without an account; the lengths of their chains."),
            ),
        ],
    ),
}
LEDGER_FILTERS = ("since", "until", "purpose", "client")
