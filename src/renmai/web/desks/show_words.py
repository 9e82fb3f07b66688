"""The words of shows: their states, and the points of the checklist before one begins."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

Words = str | Promise

# point (`places/live/rules.py: POINTS`) -> what it is called, and what is answered
POINT_WORDS: dict[str, tuple[Words, Words]] = {
    "who": (
        gettext_lazy("Who is in the picture"),
        gettext_lazy("Everyone in the picture knows that they are filmed, and nobody is a minor."),
    ),
    "place": (
        gettext_lazy("What else is in it"),
        gettext_lazy("Nothing in the picture shows private papers, screens or places of others."),
    ),
    "advertising": (
        gettext_lazy("That it is advertising"),
        gettext_lazy("I say that I am paid when I recommend these goods; it counts as advertising."),
    ),
    "machine": (
        gettext_lazy("What a machine made"),
        gettext_lazy("A voice, face or picture that a machine made is labelled as such for the whole show."),
    ),
    "goods": (
        gettext_lazy("The goods themselves"),
        gettext_lazy("I have held each of these goods or read its papers, and promise nothing that they do not do."),
    ),
    "prices": (
        gettext_lazy("Prices and stock"),
        gettext_lazy("Each price I compare with was really asked for, and each drop has the stock I say."),
    ),
    "health": (
        gettext_lazy("Health, food, children"),
        gettext_lazy("I claim no healing; food, cosmetics and toys are shown with their licence or report."),
    ),
    "help": (
        gettext_lazy("When something is wrong"),
        gettext_lazy("Buyers are told who answers when something is wrong, and how to send goods back."),
    ),
}
STATE_WORDS: dict[str, tuple[Words, str]] = {
    "draft": (gettext_lazy("Not announced yet"), ""),
    "planned": (gettext_lazy("Announced"), "info"),
    "live": (gettext_lazy("Live"), "live"),
    "ended": (gettext_lazy("Over"), ""),
    "cancelled": (gettext_lazy("Called off"), "warn"),
}
POLICIES: tuple[tuple[str, Words], ...] = (
    ("hold", gettext_lazy("Who orders first: a unit is held for some minutes, others may wait in line")),
    ("first_paid", gettext_lazy("Who pays first: ordering holds nothing, who pays too late gets the money back")),
)
PARTS: tuple[tuple[str, Words], ...] = (
    ("host", gettext_lazy("Presents it too")),
    ("moderator", gettext_lazy("Keeps order in the room")),
)


def state_words(state: str) -> tuple[str, str]:
    """Return a word and a tone for where a show stands."""
    words, tone = STATE_WORDS[state]
    return str(words), tone
