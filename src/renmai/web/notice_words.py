"""What each kind of notice says: the one table of sentences, for the page, the mail and the API (`notices.py` says them).

A sentence names what is in the notice's data: `{title}` is `title_zh` in Chinese where there is one, `{sum_minor}` an
amount, `{rate_bps}` a rate, `{until_at}` a day, `{starts_moment}` a day and time. A line is left out when something it names is missing or empty.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a kind: a title, lines below it, an icon and the tone of its ground."""

    title: Promise
    lines: tuple[Promise, ...] = ()
    icon: str = "bell"
    tone: str = ""


WHY = gettext_lazy("Why: {reason}")
ADVICE = gettext_lazy("What to do: {advice}")
WHY_CAUSE = gettext_lazy("Why: {cause}")
ANSWER = gettext_lazy("The answer: {words}")

NOTICES: dict[str, Words] = {
    "account.passkey_added": Words(
        gettext_lazy("A passkey was added to your account: {name}."),
        (gettext_lazy("If that was not you, remove it on your page and sign out everywhere."),),
        "lock",
        "warn",
    ),
    "anchor.missed": Words(
        gettext_lazy("An anchor of the credit log is missed."),
        (gettext_lazy("Checkpoints wait for longer than twice ANCHOR_EVERY."), WHY),
        "alert",
        "bad",
    ),
    "review.kept": Words(gettext_lazy("A review of {title}: {score} of 5."), (), "star", "info"),
    "review.asked": Words(
        gettext_lazy("What is {title} like?"),
        (
            gettext_lazy(
                "Others would like to know. You are asked once, and get nothing for an answer, whatever it is."
            ),
        ),
        "star",
    ),
    "review.answered_creator": Words(
        gettext_lazy("The person you bought from answered your review."), (), "chat", "info"
    ),
    "review.answered_supplier": Words(gettext_lazy("The maker answered your review."), (), "chat", "info"),
    "message.from_shop": Words(gettext_lazy("{shop} has written to you."), (), "chat", "info"),
    "message.from_person": Words(gettext_lazy("{name} has written to your shop."), (), "chat", "info"),
    "effect.announced": Words(
        gettext_lazy("From {begins_at} your credit asks more of you."),
        (WHY_CAUSE, gettext_lazy("What it is, and what would change it, stands on your page Credit.")),
        "shield",
        "warn",
    ),
    "effect.withdrawn": Words(
        gettext_lazy("What was announced of your credit will not come."),
        (gettext_lazy("Your terms stay as they are."),),
        "shield",
        "good",
    ),
    "effect.begun": Words(
        gettext_lazy("Your credit asks more of you from now on."),
        (WHY_CAUSE, gettext_lazy("What it is, and what would change it, stands on your page Credit.")),
        "shield",
        "warn",
    ),
    "effect.eased": Words(
        gettext_lazy("Your credit does you good: terms of yours are better from now on."),
        (gettext_lazy("Which they are stands on your page Credit."),),
        "shield",
        "good",
    ),
    "appeal.waits": Words(
        gettext_lazy("A seller asks for another look at what credit did."),
        (gettext_lazy("Answer by {due_at}; after that the effect rests until you do."),),
        "shield",
        "info",
    ),
    "appeal.upheld": Words(
        gettext_lazy("We looked again: it stays."),
        (ANSWER, gettext_lazy("Within 14 days you may ask for a second look by somebody else.")),
        "shield",
        "warn",
    ),
    "appeal.final": Words(gettext_lazy("After the second look: it stays."), (ANSWER,), "shield", "warn"),
    "appeal.lifted": Words(
        gettext_lazy("We looked again: it is lifted until {until_at}."), (ANSWER,), "shield", "good"
    ),
    "appeal.disputed": Words(
        gettext_lazy("We looked again: the facts were wrong, and strike no longer."), (ANSWER,), "shield", "good"
    ),
    "bag.won": Words(
        gettext_lazy("You won in the lucky bag of {shop}: {title}."),
        (gettext_lazy("Use the code {code} when you pay. It is yours alone."),),
        "gift",
        "good",
    ),
    "team.invited": Words(
        gettext_lazy("{name} invites you into the team of {shop}."),
        (gettext_lazy("The way in is in the letter that was sent to your e-mail address. It is open for 7 days."),),
        "users",
        "info",
    ),
    "team.joined_owner": Words(
        gettext_lazy("You own {shop} together now: you may do everything in it."), (), "users", "good"
    ),
    "team.joined_manager": Words(
        gettext_lazy("You manage {shop} now: everything but payouts and the team."), (), "users", "good"
    ),
    "team.joined_content": Words(
        gettext_lazy("You look after the words and goods of {shop} now."), (), "users", "good"
    ),
    "team.joined_service": Words(
        gettext_lazy("You look after the orders and cases of {shop} now."), (), "users", "good"
    ),
    "team.part_owner": Words(
        gettext_lazy("You are an owner of {shop} from now on: you may do everything in it."), (), "users", "info"
    ),
    "team.part_manager": Words(
        gettext_lazy("You manage {shop} from now on: everything but payouts and the team."), (), "users", "info"
    ),
    "team.part_content": Words(
        gettext_lazy("You look after the words and goods of {shop} from now on, and no longer after the rest."),
        (),
        "users",
        "info",
    ),
    "team.part_service": Words(
        gettext_lazy("You look after the orders and cases of {shop} from now on, and no longer after the rest."),
        (),
        "users",
        "info",
    ),
    "team.taken_out": Words(
        gettext_lazy("You are no longer in the team of {shop}."),
        (gettext_lazy("If you think that is a mistake, ask the person whose shop it is."),),
        "users",
        "warn",
    ),
    "team.handed_over": Words(
        gettext_lazy("{shop} is yours now, with what it has earned."),
        (gettext_lazy("Whoever handed it over stays as a manager; you may change that."),),
        "store",
        "good",
    ),
    "team.somebody_invited": Words(gettext_lazy("{name} invited {email} into the team of {shop}."), (), "users"),
    "team.somebody_joined": Words(gettext_lazy("{name} has joined the team of {shop}."), (), "users", "good"),
    "team.somebody_changed": Words(gettext_lazy("{name} does something else in the team of {shop} now."), (), "users"),
    "team.somebody_left": Words(gettext_lazy("{name} has left the team of {shop}."), (), "users", "warn"),
    "team.somebody_taken_out": Words(gettext_lazy("{name} was taken out of the team of {shop}."), (), "users", "warn"),
    "follow.new": Words(gettext_lazy("{name} follows you. Follow back to be friends."), (), "user"),
    "follow.friend": Words(gettext_lazy("{name} follows you back: you are friends."), (), "users", "good"),
    "show.announced": Words(
        gettext_lazy("{shop} goes live: {title}."),
        (gettext_lazy("{starts_moment}. Have yourself reminded, so that you miss nothing."),),
        "live",
        "info",
    ),
    "show.began": Words(
        gettext_lazy("{shop} is live now: {title}."), (gettext_lazy("You asked to be told."),), "live", "good"
    ),
    "show.moved": Words(
        gettext_lazy("{shop} moved a show: {title}."),
        (gettext_lazy("It begins {starts_moment} now."),),
        "clock",
        "warn",
    ),
    "show.stopped": Words(
        gettext_lazy("The house ended your show: {title}."), (gettext_lazy("Why: {words}"),), "live", "bad"
    ),
    "show.cancelled": Words(gettext_lazy("{shop} called a show off: {title}."), (), "live", "warn"),
    "show.host": Words(
        gettext_lazy("You present a show of {shop} together: {title}."),
        (gettext_lazy("It begins {starts_moment}."),),
        "live",
        "info",
    ),
    "show.moderator": Words(
        gettext_lazy("You keep order in a show of {shop}: {title}."),
        (gettext_lazy("It begins {starts_moment}."),),
        "shield",
        "info",
    ),
    "pull.paused": Words(
        gettext_lazy("The file at {url} could not be fetched five times in a row. It is paused."),
        (WHY,),
        "alert",
        "warn",
    ),
    "recall.bought": Words(
        gettext_lazy("{title} that you bought is recalled."),
        (WHY, ADVICE, gettext_lazy("What you paid for it comes back to you by itself. Nothing needs to be sent back.")),
        "alert",
        "bad",
    ),
    "recall.unpaid": Words(
        gettext_lazy("{title} is recalled, and the order you had not paid yet is cancelled."),
        (WHY, gettext_lazy("If you paid in the meantime, the money comes back to you by itself.")),
        "alert",
        "bad",
    ),
    "recall.carted": Words(
        gettext_lazy("{title} is recalled. We took it out of your cart."),
        (WHY, gettext_lazy("You have not paid anything for it.")),
        "alert",
        "warn",
    ),
    "recall.picked": Words(
        gettext_lazy("{title} is recalled and no longer in your shop."),
        (
            WHY,
            ADVICE,
            gettext_lazy("Buyers get their money back, and the supplier bears it: you keep what you earned."),
        ),
        "alert",
        "bad",
    ),
    "recall.batch_picked": Words(
        gettext_lazy("Batch {batch} of {title} in your shop is recalled."),
        (WHY, ADVICE, gettext_lazy("The variants concerned cannot be bought until the batch is off the shelves.")),
        "alert",
        "warn",
    ),
    "recall.supplied": Words(
        gettext_lazy("{title} is recalled."),
        (WHY, gettext_lazy("Buyers are told and get their money back; you bear it.")),
        "alert",
        "bad",
    ),
    "parcels.nearly_late": Words(
        gettext_lazy("Parcels to hand over soon: {count}"),
        (gettext_lazy("Hand them over before their time ends; after that they count as late."),),
        "clock",
        "warn",
    ),
    "parcels.late": Words(
        gettext_lazy("Late parcels: {count}"),
        (gettext_lazy("What stays late is refunded to the buyer, and you bear it."),),
        "clock",
        "bad",
    ),
    "parcels.late_of_shop": Words(
        gettext_lazy("Late parcels of your orders: {count}"),
        (gettext_lazy("The supplier was told. What stays late is refunded at the supplier's expense, not at yours."),),
        "clock",
        "warn",
    ),
    "parcel.overdue_refunded": Words(
        gettext_lazy("You got {amount_minor} back: a parcel was not handed over in time."),
        (gettext_lazy("The money goes back the way you paid. You need not do anything."),),
        "undo",
        "warn",
    ),
    "push.told": Words(
        gettext_lazy("New goods fit your shop."),
        (gettext_lazy("They wait in your inbox, each with the reason."),),
        "spark",
        "info",
    ),
    "sample.requested": Words(gettext_lazy("A creator asks for a sample of {title}."), (), "gift", "info"),
    "sample.approved": Words(gettext_lazy("You get a sample of {title}. It is packed now."), (), "gift", "good"),
    "sample.rejected": Words(gettext_lazy("No sample of {title} this time."), (WHY,), "gift", "warn"),
    "sample.withdrawn": Words(gettext_lazy("The request for a sample of {title} was taken back."), (), "gift"),
    "sample.shipped": Words(
        gettext_lazy("Your sample of {title} is on its way."), (gettext_lazy("{carrier} {tracking}"),), "truck", "info"
    ),
    "sample.signed": Words(gettext_lazy("The sample of {title} has arrived."), (), "gift", "info"),
    "sample.done": Words(gettext_lazy("A creator delivered on the sample of {title}."), (), "check-circle", "good"),
    "recall.lifted": Words(
        gettext_lazy("{title} can be sold again."),
        (gettext_lazy("Batch {batch} is off the shelves."),),
        "check-circle",
        "good",
    ),
    "comment.made": Words(
        gettext_lazy("Somebody said something below {title}."), (gettext_lazy("“{words}”"),), "chat", "info"
    ),
    "comment.held": Words(
        gettext_lazy("A comment below {title} waits for you."), (gettext_lazy("“{words}”"),), "chat", "warn"
    ),
    "report.dismissed": Words(
        gettext_lazy("An operator looked at what you reported and found it to be in order."), (), "flag", ""
    ),
    "report.taken_down": Words(gettext_lazy("What you reported was taken down. Thank you."), (), "flag", "good"),
    "takedown.made": Words(
        gettext_lazy("{title} was taken down."),
        (gettext_lazy("Why: {words}"), gettext_lazy("You can answer: an operator reads it.")),
        "alert",
        "bad",
    ),
    "takedown.lifted": Words(
        gettext_lazy("Something of yours that was taken down is shown again."),
        (gettext_lazy("Why: {words}"),),
        "check-circle",
        "good",
    ),
    "takedown.upheld": Words(
        gettext_lazy("An operator read your answer: it stays taken down."),
        (gettext_lazy("Why: {words}"),),
        "alert",
        "warn",
    ),
    "stock.low": Words(
        gettext_lazy("{title} is running low: {left} left."), (gettext_lazy("Variant: {sku}"),), "box", "warn"
    ),
    "plan.targeted": Words(
        gettext_lazy("For you {title} earns {commission_bps}."),
        (gettext_lazy("From {starts_at}."), gettext_lazy("Until {ends_at}.")),
        "tag",
        "good",
    ),
    "plan.exclusive": Words(
        gettext_lazy("{title} is kept for you and few others: it earns {commission_bps}."),
        (gettext_lazy("From {starts_at}."), gettext_lazy("Until {ends_at}.")),
        "tag",
        "good",
    ),
    "rate.raised": Words(
        gettext_lazy("{title} now earns {after_bps}."), (gettext_lazy("It was {before_bps}."),), "spark", "good"
    ),
    "rate.announced": Words(
        gettext_lazy("{title} will earn {after_bps} from {from_at}."),
        (gettext_lazy("Until then you keep {before_bps}."), gettext_lazy("Orders placed before keep their rate.")),
        "clock",
        "warn",
    ),
    "rate.lowered": Words(
        gettext_lazy("{title} earns {after_bps} from now on."),
        (gettext_lazy("It was {before_bps}."), gettext_lazy("Orders placed before keep their rate.")),
        "clock",
        "warn",
    ),
    "rate.ending": Words(
        gettext_lazy("{title} leaves your shop on {from_at}."),
        (gettext_lazy("The terms you picked it on are withdrawn. Until then nothing changes."),),
        "clock",
        "warn",
    ),
    "rate.ended": Words(
        gettext_lazy("{title} has left your shop."),
        (gettext_lazy("The terms you picked it on came to their end. Orders placed stay as they are."),),
        "clock",
        "warn",
    ),
    "invitation.sent": Words(
        gettext_lazy("{supplier} invites you to sell {title}."),
        (gettext_lazy("“{words}”"), gettext_lazy("It earns {commission_bps}.")),
        "mail",
        "good",
    ),
    "invitation.withdrawn": Words(gettext_lazy("{supplier} took back the invitation to sell {title}."), (), "mail", ""),
    "invitation.accepted": Words(gettext_lazy("{shop} will sell {title}."), (), "mail", "good"),
    "invitation.declined": Words(gettext_lazy("{shop} will not sell {title}."), (), "mail", ""),
    "screening.supplier_approved": Words(gettext_lazy("{name} is approved."), (WHY,), "check-circle", "good"),
    "screening.supplier_rejected": Words(
        gettext_lazy("The application of {name} was rejected."),
        (
            WHY,
            gettext_lazy("Mend what is named, then hand it in again."),
        ),
        "alert",
        "bad",
    ),
    "screening.supplier_suspended": Words(
        gettext_lazy("{name} is suspended: nothing of it is sold now."), (WHY,), "alert", "bad"
    ),
    "screening.supplier_checked": Words(
        gettext_lazy("{name} was checked again and is in order."), (WHY,), "check-circle", "good"
    ),
    "screening.supplier_check_due": Words(
        gettext_lazy("{name} is to be checked again by {due_at}."),
        (gettext_lazy("See that every document is here and in date."),),
        "clock",
        "warn",
    ),
    "screening.product_approved": Words(
        gettext_lazy("{name} is approved and in the pool."), (WHY,), "check-circle", "good"
    ),
    "screening.product_rejected": Words(
        gettext_lazy("{name} was rejected in screening."),
        (
            WHY,
            gettext_lazy("Mend what is named, then hand it in again."),
        ),
        "alert",
        "bad",
    ),
    "screening.product_checked": Words(
        gettext_lazy("{name} was checked again and is in order."), (WHY,), "check-circle", "good"
    ),
    "screening.product_check_due": Words(
        gettext_lazy("{name} is to be checked again by {due_at}."),
        (
            gettext_lazy("And {more} more."),
            gettext_lazy("See that every document is here and in date."),
        ),
        "clock",
        "warn",
    ),
    "screening.product_lapsed": Words(
        gettext_lazy("{name} was not checked in time and waits for screening again."),
        (gettext_lazy("And {more} more."),),
        "alert",
        "bad",
    ),
    "screening.brand_approved": Words(gettext_lazy("The brand {name} is approved."), (WHY,), "check-circle", "good"),
    "screening.brand_rejected": Words(
        gettext_lazy("The brand {name} was rejected."),
        (
            WHY,
            gettext_lazy("Mend what is named, then hand it in again."),
        ),
        "alert",
        "bad",
    ),
    "screening.brand_suspended": Words(gettext_lazy("The brand {name} is suspended."), (WHY,), "alert", "bad"),
    "deposit.paid_in": Words(
        gettext_lazy("Your deposit of {amount_minor} came in."),
        (gettext_lazy("Reference: {reference}"),),
        "lock",
        "good",
    ),
    "deposit.covered": Words(
        gettext_lazy("{amount_minor} of your deposit covered what you owed."), (WHY,), "lock", "warn"
    ),
    "deposit.forfeited": Words(
        gettext_lazy("The platform took {amount_minor} of your deposit."), (WHY,), "lock", "bad"
    ),
    "deposit.returned": Words(
        gettext_lazy("{amount_minor} of your deposit went back to your balance."), (), "lock", "good"
    ),
    "deposit.return_refused": Words(
        gettext_lazy("Your deposit of {amount_minor} stays for now."), (WHY,), "lock", "bad"
    ),
}
