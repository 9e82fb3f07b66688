"""What a room's scripts say to people, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def room_words() -> dict[str, str]:
    """Return the sentences by name; {n}, {time} and {price} are filled in by the scripts."""
    return {
        # the film
        "waiting": _("The picture comes in a moment."),
        "covered": _("A short break. The picture comes back."),
        "none": _("This browser cannot play the film. Everything else works."),
        "tap": _("Touch to play"),
        "over": _("This show is over."),
        "gone": _("There is no film of this show."),
        # the line
        "away": _("The connection is lost. Trying again..."),
        "back": _("You are back."),
        "live": _("Live"),
        "someone": _("Someone"),
        "host": _("Host"),
        "report": _("Report"),
        "you": _("You"),
        "began": _("The show has begun."),
        "ended": _("The show is over. Thank you for being here."),
        "explaining": _("Explained now: {title}"),
        "drop": _("A drop is coming: {title}"),
        "coupon": _("A coupon: {title}, code {code}"),
        "drawn": _("The lucky bag is drawn: {entries} took part, {winners} won."),
        # a drop
        "starts": _("Starts in {time}"),
        "runs": _("{n} left, ends in {time}"),
        "claim": _("Claim for {price}"),
        "kept": _("Kept for you: {time}"),
        "buy_kept": _("Buy for {price}"),
        "buy": _("Buy"),
        "gone_all": _("All taken"),
        "drop_not_yet": _("It has not started yet. Nobody can claim before the start."),
        "drop_over": _("This drop is over."),
        "drop_limit": _("You have as many of this drop as one buyer may have."),
        "sold_out": _("All of them are taken. One may come back when somebody does not pay."),
        "first_paid": _("Who pays first has it."),
        "lost": _("The connection was lost before the answer came. Please try again."),
        # talk
        "room.silenced": _("You cannot write in this room now."),
        "room.closed": _("This show is not on."),
        "room.words": _("Write from 1 to 200 characters."),
        "too_many": _("That was too fast. Please wait a moment."),
        "busy": _("Too much is going on right now. Please try again in a moment."),
        "unmute": _("Sound on"),
        "mute": _("Sound off"),
        "bag_over": _("The lucky bag is being drawn."),
    }
