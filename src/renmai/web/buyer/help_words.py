"""What the sides of a case can do, as the help page says it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DID: dict[str, str | Promise] = {
    "take": _("puts it right"),
    "pass_on": _("passes it on"),
    "approve": _("agrees"),
    "refuse": _("refuses, and says why"),
    "offer": _("offers another amount"),
    "accept": _("takes the offer"),
    "decline": _("declines the offer"),
    "call_in": _("calls in the platform"),
    "send_back": _("sends it back, with a tracking number"),
    "confirm_return": _("confirms that it came back"),
    "reject_return": _("says what is wrong with what came back"),
    "send_replacement": _("sends another one, with a tracking number"),
    "confirm_replacement": _("confirms that it arrived"),
    "report_replacement": _("says that it did not arrive, or is not in order"),
    "decide_refund": _("decides on a refund, and who bears it"),
    "decide_return": _("decides on a refund once the goods are back"),
    "decide_refuse": _("decides that nothing is given back"),
    "cancel": _("takes the case back"),
    "time": _("nobody answers in time"),
}
