"""What credit does to a seller, in words: each term with its value, why, since when, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renmai.people.standing.queries import OwnTerm
from renmai.trust.effects.appeal_rules import AGAIN_DAYS, is_overdue
from renmai.trust.effects.models import Appeal, Effect
from renmai.trust.effects.queries import CreditTerms
from renmai.trust.effects.rules import FAIR_START_DAYS, GRAVE_BY_NAME, LADDER, LEVELS, TERMS_OF, WORSE, Change
from renmai.web.ui.formats import format_percent

Word = str | Promise

TITLES: Mapping[str, tuple[Word, str]] = {
    "settlement_days": (gettext_lazy("When you are paid, own prices"), "wallet"),
    "settlement_days_alliance": (gettext_lazy("When you are paid, on commission"), "wallet"),
    "exposure": (gettext_lazy("Who sees you"), "eye"),
    "picks_most": (gettext_lazy("Picks in a shop"), "heart"),
    "products_allowed": (gettext_lazy("New products"), "box"),
    "deposit_bps": (gettext_lazy("Deposit"), "lock"),
    "live_allowed": (gettext_lazy("Live shows"), "live"),
}
EXPOSURES: tuple[Word, ...] = (
    gettext_lazy("only people who follow, or have the address"),
    gettext_lazy("strangers see others first"),
    gettext_lazy("strangers see you like everyone"),
)
LEVEL_NAMES: Mapping[str, Word] = {
    "proven": gettext_lazy("Proven"),
    "steady": gettext_lazy("Steady"),
    "weak": gettext_lazy("Weak"),
    "poor": gettext_lazy("Poor"),
    "newcomer": gettext_lazy("Newcomer"),
}
WHO: Mapping[str, Word] = {
    "proven": gettext_lazy("A score of 80 or more: clearly better than the market."),
    "steady": gettext_lazy("A score of 60 to 79: like the market, or near it."),
    "weak": gettext_lazy("A score of 40 to 59: worse than the market."),
    "poor": gettext_lazy("A score below 40: much worse than the market."),
    "newcomer": gettext_lazy("Fewer than 30 facts: nobody knows yet."),
}
CAUSES: Mapping[str, Word] = {
    **{f"level:{name}": words for name, words in WHO.items()},
    "usual": gettext_lazy("The score no longer earns better than usual."),
    "grave:recalled": gettext_lazy("A product was recalled within the last 30 days."),
    "grave:recalled_often": gettext_lazy("Three products were recalled within 90 days."),
    "grave:screening_failed": gettext_lazy("Screening failed three times within 30 days."),
    "grave:cases_ignored": gettext_lazy("Three complaints were left unanswered within 60 days."),
    "grave:shows_stopped": gettext_lazy("The house had to stop two shows within 60 days."),
}
MENDS: Mapping[str, Word] = {
    "level:proven": gettext_lazy("It stays while the score is 77 or more."),
    "level:weak": gettext_lazy("A score of 60 ends it at once. What counts most stands on this page."),
    "level:poor": gettext_lazy("A score of 40 makes it milder at once, one of 60 ends it."),
    "level:newcomer": gettext_lazy("It ends with your 30th fact, if the score is 60 or more."),
    "usual": gettext_lazy("A score of 80 before that day, and nothing changes."),
    "grave:recalled": gettext_lazy("It ends by itself 30 days after the recall."),
    "grave:recalled_often": gettext_lazy("It ends by itself when fewer than three recalls lie within 90 days."),
    "grave:screening_failed": gettext_lazy("It ends by itself 30 days after the first of the three."),
    "grave:cases_ignored": gettext_lazy(
        "Answer every complaint in time. It ends when fewer than three lie within 60 days."
    ),
    "grave:shows_stopped": gettext_lazy("It ends by itself 60 days after the first of the two."),
}
GROUND_WORDS: Mapping[str, Word] = {
    "fact_wrong": gettext_lazy("What it rests on did not happen so"),
    "not_mine": gettext_lazy("It was not my doing"),
    "beyond_control": gettext_lazy("Nobody could have prevented it"),
    "mended": gettext_lazy("It is mended already"),
    "other": gettext_lazy("Something else"),
}
APPEAL_WORDS: Mapping[str, tuple[str, Word]] = {
    "open": ("info", gettext_lazy("Waits for an answer")),
    "again": ("info", gettext_lazy("Waits for the second look")),
    "upheld": ("warn", gettext_lazy("Stays as it is")),
    "final": ("bad", gettext_lazy("It stays, after the second look")),
    "lifted": ("good", gettext_lazy("Lifted")),
    "disputed": ("good", gettext_lazy("The facts were wrong")),
    "withdrawn": ("", gettext_lazy("Taken back")),
}
EFFECT_WORDS: Mapping[str, tuple[str, Word]] = {
    "announced": ("info", gettext_lazy("Announced")),
    "in_force": ("warn", gettext_lazy("Holds now")),
    "ended": ("", gettext_lazy("Over")),
    "withdrawn": ("", gettext_lazy("Did not come")),
}


@dataclass(frozen=True, slots=True)
class TermRow:
    """A term as the page shows it. `tone` is "good", "bad" or "" (as for everyone)."""

    title: str
    icon: str
    value: str
    usual: str
    tone: str
    why: str
    mend: str
    since: datetime | None = None
    begins: datetime | None = None
    ends: datetime | None = None
    note: str = ""
    effect: Effect | None = None
    appeal: Appeal | None = None


def value_words(term: str, value: int) -> str:
    """Return a value of a term as a seller reads it."""
    if term.startswith("settlement_days"):
        return ngettext("%(n)d day after receipt", "%(n)d days after receipt", value) % {"n": value}
    if term == "exposure":
        return str(EXPOSURES[value])
    if term == "picks_most":
        return _("at most %(count)s") % {"count": value}
    if term == "deposit_bps":
        return _("%(share)s of what the category asks") % {"share": format_percent(value)}
    return _("allowed") if value else _("not for now")


def title_of(term: str) -> str:
    """Return what a term is called."""
    return str(TITLES[term][0]) if term in TITLES else term


def cause_words(cause: str) -> str:
    """Return why an effect is there."""
    return str(CAUSES.get(cause, cause))


def change_words(change: Change) -> str:
    """Return what a rule does to a term, beside what the house asks of everyone."""
    if change.how == "plus":
        count = abs(change.amount)
        if change.amount > 0:
            return ngettext("%(n)d day later", "%(n)d days later", count) % {"n": count}
        return ngettext("%(n)d day sooner", "%(n)d days sooner", count) % {"n": count}
    return value_words(change.term, change.amount)


def shown_terms(terms: CreditTerms, now: datetime) -> list[TermRow]:
    """Return what credit and the house do to a seller, what counts most first."""
    appeals = {
        appeal.effect_id: appeal
        for appeal in reversed(terms.appeals)
        if appeal.effect_id and appeal.state != "withdrawn"
    }
    by_house = {own.term for own in terms.by_house}
    rows = [_house_row(own) for own in terms.by_house]
    for effect in sorted(terms.effects, key=lambda one: (one.state, one.term)):
        rows.append(_effect_row(effect, appeals.get(effect.id), now, over=effect.term in by_house))
    return rows


def _house_row(own: OwnTerm) -> TermRow:
    title, icon = TITLES[own.term]
    why = _("The house set this by hand: %(reason)s") % {"reason": own.reason}
    mend = _("It stays until the house changes it. Write to those who keep this house.")
    return TermRow(str(title), icon, value_words(own.term, own.value), "", "", why, mend, since=own.at)


def _effect_row(effect: Effect, appeal: Appeal | None, now: datetime, *, over: bool) -> TermRow:
    title, icon = TITLES[effect.term]
    lifted = appeal.lifted_until if appeal and appeal.lifted_until and appeal.lifted_until > now else None
    note = _("The house set another value for you by hand: that one holds.") if over else ""
    if lifted:
        note = _("Lifted after your appeal: until then it is as for everyone.")
    elif appeal and is_overdue(appeal.state, appeal.due_at, now):
        note = _("We are late with our answer to your appeal: it rests until you have it.")
    worse = (effect.value - effect.usual) * WORSE[effect.term] > 0
    announced = effect.state == "announced"
    return TermRow(
        str(title), icon, value_words(effect.term, effect.value), value_words(effect.term, effect.usual),
        "" if lifted or effect.value == effect.usual else "bad" if worse else "good", cause_words(effect.cause),
        str(MENDS.get(effect.cause, "")), None if announced else effect.begins_at, effect.begins_at if announced else None,
        lifted, note, effect, appeal,
    )  # fmt: skip


def effects_context(terms: CreditTerms, now: datetime, root: str) -> dict[str, Any]:
    """Return what the template credit/effects.html shows; `root` is the console's page, such as /creator/credit."""
    rows = shown_terms(terms, now)
    level = terms.level.level if terms.level else ""
    return {
        "effects_root": root,
        "effects_now": [row for row in rows if row.begins is None],
        "effects_soon": [row for row in rows if row.begins is not None],
        "effects_level": str(LEVEL_NAMES.get(level, "")),
        "effects_who": str(WHO.get(level, "")),
        "effects_appeals": [appeal_row(appeal, root) for appeal in terms.appeals[:10]],
    }


def appeal_row(appeal: Appeal, root: str) -> dict[str, Any]:
    """Return an appeal as lists show it."""
    tone, words = APPEAL_WORDS[appeal.state]
    about = title_of(appeal.effect.term) if appeal.effect else _("A fact")
    return {"appeal": appeal, "href": f"{root}/appeals/{appeal.id}", "title": about, "tone": tone, "state": str(words)}


def rule_rows() -> list[dict[str, Any]]:
    """Return the table of levels for people: who is on it, and what it does to creators and to suppliers."""
    rows = []
    for level in [*reversed(LADDER), LEVELS["newcomer"]]:
        roles = {role: _changes_of(level.changes, TERMS_OF[role]) for role in ("creator", "supplier")}
        if level.name == "newcomer":
            start = _("strangers see you like everyone for %(days)d days, then others first") % {
                "days": FAIR_START_DAYS
            }
            for lines in roles.values():
                lines.append((title_of("exposure"), start))
        rows.append({"name": level.name, "title": str(LEVEL_NAMES[level.name]), "who": str(WHO[level.name]), **roles})
    return rows


def _changes_of(changes: Sequence[Change], terms: Sequence[str]) -> list[tuple[str, str]]:
    return [(title_of(change.term), change_words(change)) for change in changes if change.term in terms]


def grave_rows() -> list[dict[str, Any]]:
    """Return the rules by hard facts for people."""
    return [
        {
            "why": cause_words(f"grave:{rule.name}"),
            "roles": rule.roles,
            "what": [(title_of(change.term), change_words(change)) for change in rule.changes],
            "mend": str(MENDS[f"grave:{rule.name}"]),
        }
        for rule in GRAVE_BY_NAME.values()
    ]


def second_look_open(appeal: Appeal, answered_at: datetime | None, now: datetime) -> bool:
    """Return whether the second look may still be asked for."""
    return appeal.state == "upheld" and answered_at is not None and (now - answered_at).days < AGAIN_DAYS
