"""How kinds and reasons of reports are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from renmai.people.moderation.models import ReportReason, SubjectKind

StrOrPromise = str | Promise

KIND_NAMES: dict[str, StrOrPromise] = {
    SubjectKind.POST: _("Post"),
    SubjectKind.COMMENT: _("Comment"),
    SubjectKind.SHOP: _("Shop"),
    SubjectKind.PICK: _("Pick"),
    SubjectKind.MESSAGE: _("Message"),
    SubjectKind.SHOW: _("Show"),
    SubjectKind.REVIEW: _("Review"),
}
REASON_NAMES: dict[str, StrOrPromise] = {
    ReportReason.FALSE_CLAIM: _("It says something untrue about goods"),
    ReportReason.HIDDEN_ADVERTISING: _("It is advertising and does not say so"),
    ReportReason.UNMARKED_AI: _("It is made with AI and does not say so"),
    ReportReason.ABUSE: _("It insults or threatens somebody"),
    ReportReason.ILLEGAL: _("It is against the law"),
    ReportReason.COPIED: _("It is somebody else's work"),
    ReportReason.SPAM: _("It is spam"),
    ReportReason.OTHER: _("Something else"),
}
