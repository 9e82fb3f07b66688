"""Lists, rankers and what people do with what they are shown, in words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from renmai.web.operator.words import Word

LISTS: dict[str, Word] = {
    "home": gettext_lazy("People on the home page"),
    "for_you": gettext_lazy("Goods for a buyer"),
    "also": gettext_lazy("What buyers also took"),
    "centre": gettext_lazy("Selection centre"),
    "inbox": gettext_lazy("New goods for creators"),
}
RANKERS: dict[str, Word] = {
    "people": gettext_lazy("By taste and people"),
    "newest": gettext_lazy("The newest first"),
    "fit": gettext_lazy("By what fits the creator"),
    "quality": gettext_lazy("By quality alone"),
}
# SignalKind -> what viewers did, as a heading of a count.
DONE: dict[str, Word] = {
    "view": gettext_lazy("Looked into"),
    "dwell": gettext_lazy("Stayed with"),
    "cart": gettext_lazy("Put into the cart"),
    "order": gettext_lazy("Bought"),
    "refund": gettext_lazy("Given back later"),
    "follow": gettext_lazy("Followed after it"),
    "pick": gettext_lazy("Picked for a shop"),
    "sample": gettext_lazy("Samples asked for"),
    "decline": gettext_lazy("Told “not for me”"),
}
# What the primary metric of a list's experiments is called.
TAKERS: dict[str, Word] = {"order": gettext_lazy("Viewers who bought"), "pick": gettext_lazy("Viewers who picked")}
STATES: dict[str, tuple[str, Word]] = {
    "running": ("info", gettext_lazy("It runs")),
    "early": ("quiet", gettext_lazy("Ended early: no verdict")),
    "over": ("good", gettext_lazy("Its days are over")),
}


def said(words: dict[str, Word], code: str) -> str:
    """Return a code in words, or the code itself."""
    return str(words.get(code, code))
