"""event -> reactions, in order; and what time brings about. The only file that knows them all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from renmai.config import config
from renmai.goods.catalogue.pulls import fetch_pulls
from renmai.goods.catalogue.runs import work_imports
from renmai.goods.plans.actions import keep_open_rates
from renmai.goods.plans.invitations import accept_by_picking
from renmai.goods.products.low import sweep_low_stock
from renmai.goods.products.pictures import fetch_pictures
from renmai.goods.samples.actions import sweep_samples, withdraw_recalled
from renmai.goods.samples.erasing import forget_samples
from renmai.goods.screening.checks import sweep_checks
from renmai.goods.sources.actions import sweep_sources
from renmai.goods.suppliers.erasing import forget_contacts
from renmai.goods.suppliers.lane import note_deposits, note_supplier_exposure
from renmai.kit import clock
from renmai.kit.events.actions import (
    deliver,
    deliver_batches,
    on_after,
    on_after_batch,
    on_after_now,
    on_within,
    retry_parked,
)
from renmai.kit.media.sweeping import sweep_files
from renmai.matching.feed.actions import sweep_orders
from renmai.matching.feed.erasing import erase_orders, forget_orders
from renmai.matching.finds.actions import KINDS as FIND_KINDS
from renmai.matching.finds.actions import keep_findable
from renmai.matching.fits.adding import add_new_products
from renmai.matching.fits.runs import work_runs
from renmai.matching.fits.upkeep import plan_nightly, put_away
from renmai.matching.measures.actions import sweep_measures
from renmai.matching.push.actions import sweep_old_pushes
from renmai.matching.push.erasing import forget_pushes, forget_whys
from renmai.matching.push.finding import mark_push, sweep_pushes
from renmai.matching.push.outcomes import DEED_KINDS, SALE_KINDS, note_deed, note_sales
from renmai.matching.push.profiles import freshen_profiles
from renmai.matching.search.actions import KINDS as CARD_KINDS
from renmai.matching.search.actions import mark_cards, refresh_due, refresh_round
from renmai.matching.shown.actions import forget_showings, sweep_showings
from renmai.matching.shown.erasing import erase_showings
from renmai.matching.shown.reactions import KINDS as SIGNAL_KINDS
from renmai.matching.shown.reactions import keep_order_signals, keep_signal
from renmai.matching.signals.actions import sweep_signals
from renmai.matching.signals.erasing import erase_signals
from renmai.matching.signals.sources import ORDER_KINDS
from renmai.money.gateways.actions import send_due_payouts, send_due_returns
from renmai.money.gateways.evidence import send_due_evidence
from renmai.money.gateways.sandbox.deliver import deliver_due
from renmai.money.ledger.queries import roll_up
from renmai.money.reconciliation.actions import fetch_files
from renmai.money.settlement.actions import settle_due
from renmai.people.erasure.actions import on_asked, on_kept
from renmai.people.messages.takedowns import hide_taken_messages
from renmai.places.live.stage_actions import sweep_shows
from renmai.places.live.takedowns import hide_taken_shows
from renmai.places.live.telling import KINDS as TOLD_KINDS
from renmai.places.live.telling import tell_of_show
from renmai.places.posts.actions import sweep_posts
from renmai.places.posts.erasing import erase_posts
from renmai.places.posts.takedowns import hide_taken_posts
from renmai.places.shops.actions import remove_picks_of_products
from renmai.places.shops.erasing import erase_shops
from renmai.places.shops.exposing import note_shop_exposure
from renmai.places.shops.grouping import leave_groups
from renmai.places.shops.rates import follow_rates, sweep_rates
from renmai.places.shops.takedowns import hide_taken_shops
from renmai.places.streams.actions import cut_ended
from renmai.places.talk.actions import sweep_bags, sweep_presences
from renmai.places.talk.erasing import erase_shows
from renmai.places.talk.keeping import sweep_kept
from renmai.places.talk.reactions import LINES, tell_room
from renmai.trade.captures.actions import sweep_expired
from renmai.trade.care.actions import sweep_cases
from renmai.trade.carts.erasing import erase_carts
from renmai.trade.erasure.actions import erase_accounts, sweep_erased
from renmai.trade.erasure.queries import read_kept, read_open
from renmai.trade.orders.lane import settle_orders
from renmai.trade.orders.samples import finish_samples
from renmai.trade.parcels.actions import receive_due
from renmai.trade.parcels.late import late_goods, sweep_late
from renmai.trade.promotions.drop_actions import sweep_drops
from renmai.trade.promotions.erasing import leave_lines
from renmai.trade.promotions.prizes import hand_out_prizes
from renmai.trade.recalls.actions import sweep_recalls, tell_of_lift
from renmai.trade.recalls.reactions import empty_carts, end_recalled_drops
from renmai.trade.referrals.actions import sweep_clicks
from renmai.trade.referrals.erasing import erase_links
from renmai.trade.refunds.late import sweep_overdue
from renmai.trade.reports.honest import sweep_earnings
from renmai.trust.anchors.sweep import sweep_anchors
from renmai.trust.effects.appeals import end_lifts
from renmai.trust.effects.erasing import erase_effects
from renmai.trust.effects.gathering import apply_score, apply_to_shop, on_elsewhere, sweep_effects
from renmai.trust.facts.erasing import forget_parties
from renmai.trust.facts.reactions import write_facts
from renmai.trust.facts.sources import KINDS_OF_EVENTS as FACT_KINDS
from renmai.trust.log.publishing import publish
from renmai.trust.log.witnessing import ask_witnesses
from renmai.trust.passports.erasing import forget_passports
from renmai.trust.passports.reactions import KINDS as PASSPORT_KINDS
from renmai.trust.passports.reactions import apply_passports, points_elsewhere
from renmai.trust.reviews.asking import plan_ask, sweep_asks
from renmai.trust.reviews.erasing import forget_reviews
from renmai.trust.reviews.sweep import sweep_weights
from renmai.trust.reviews.takedowns import hide_taken_reviews
from renmai.trust.scores.actions import sweep_scores


def declare() -> None:
    """Declare every reaction, in order."""
    on_within("split.settled", settle_orders)
    on_within("deposit.changed", note_deposits)
    on_within("standing.set", note_supplier_exposure)
    on_within("standing.set", note_shop_exposure)
    on_within("product.recalled", remove_picks_of_products)
    on_after("finish samples", ["order.paid"], finish_samples)
    on_after("ask for reviews", ["order.received"], plan_ask)
    on_after("clips", ["show.ended"], cut_ended)
    on_after("cards", CARD_KINDS, mark_cards)
    on_after("finds", FIND_KINDS, keep_findable)
    on_after("pushes", ["product.approved"], mark_push)
    on_after("deeds of pushes", DEED_KINDS, note_deed)
    on_after("tell of shows", TOLD_KINDS, tell_of_show)
    on_after_now("effects of credit", ["score.changed"], apply_score)
    on_after_now("effects of credit on shops", ["shop.opened", "shop.handed_over"], apply_to_shop)
    on_after_now("effects of passports", PASSPORT_KINDS, apply_passports)
    on_elsewhere(points_elsewhere)
    on_after_batch("facts", FACT_KINDS, write_facts)
    # Behind the facts, which know who is one with whom.
    on_after_batch("signals of orders", ORDER_KINDS, keep_order_signals)
    on_after_now("signals", SIGNAL_KINDS, keep_signal)
    on_within("profile.cleared", forget_showings)
    on_within("profile.cleared", forget_whys)
    for profile in ("profile.cleared", "profile.changed"):
        on_within(profile, forget_orders)
    on_after_batch("sales of pushes", SALE_KINDS, note_sales)
    _declare_taken_away()
    for shown in LINES:
        on_within(shown, tell_room)
    on_within("bag.won", hand_out_prizes)
    on_within("consent.withdrawn", leave_groups)
    on_within("pick.made", accept_by_picking)
    on_within("product.terms_set", keep_open_rates)
    for kind in ("product.terms_set", "plan.made", "plan.changed", "plan.ended"):
        on_within(kind, follow_rates)
    on_asked(read_open)
    on_kept(read_kept)
    # Accounts while the shops are still known by their owner; picks before carts, as whoever places locks them.
    for erase in (
        erase_accounts,
        forget_contacts,
        forget_samples,
        erase_posts,
        erase_shows,
        erase_shops,
        erase_carts,
        leave_lines,
        erase_links,
        forget_reviews,
        erase_effects,
        forget_parties,
        forget_passports,
        erase_signals,
        erase_showings,
        erase_orders,
        forget_pushes,
    ):
        on_within("person.erased", erase)


def _declare_taken_away() -> None:
    """Declare what a recall and a takedown bring about."""
    for recalled in ("product.recalled", "product.batch_recalled"):
        # Drops, then stock; only then samples and carts: who places holds drop and stock when it empties its cart.
        on_within(recalled, end_recalled_drops)
        on_within(recalled, withdraw_recalled)
        on_within(recalled, empty_carts)
    on_within("recall.lifted", tell_of_lift)
    for taken in ("takedown.made", "takedown.lifted"):
        on_within(taken, hide_taken_shops)
        on_within(taken, hide_taken_posts)
        on_within(taken, hide_taken_shows)
        on_within(taken, hide_taken_messages)
        on_within(taken, hide_taken_reviews)


Sweep = Callable[[datetime], object]

# name -> (seconds between two runs, what is swept). Any number of workers may sweep at once.
SWEEPS: dict[str, tuple[float, Sweep]] = {
    "sandbox webhooks": (0.5, lambda now: deliver_due(now)),
    "reactions": (0.5, lambda now: deliver(now=now)),
    "facts": (config().credit_mixing_seconds, lambda now: deliver_batches(now=now)),
    "returns": (1, lambda now: send_due_returns(now=now)),
    "payouts": (1, lambda now: send_due_payouts(now=now)),
    "evidence": (5, lambda now: send_due_evidence(now=now)),
    "unpaid": (5, lambda now: sweep_expired(now=now)),
    "posts": (5, lambda now: sweep_posts(now=now)),
    "lucky bags": (1, lambda now: sweep_bags(now=now)),
    "kept film": (3600, lambda now: sweep_kept(now=now)),
    "presences": (600, lambda now: sweep_presences(now=now)),
    "shows": (60, lambda now: sweep_shows(now=now)),
    "recalls": (1, lambda now: sweep_recalls(now=now)),
    "drops": (2, lambda now: sweep_drops(now=now)),
    "catalogue files": (1, lambda now: work_imports(now=now, clock=clock.now)),
    "pulls": (30, lambda now: fetch_pulls(now=now)),
    "pictures": (2, lambda now: fetch_pictures(now=now)),
    "low stock": (60, lambda now: sweep_low_stock(now=now)),
    "receipts": (30, lambda now: receive_due(now=now)),
    "sources": (15, lambda now: sweep_sources(now=now, late=late_goods(now=now))),
    "late parcels": (30, lambda now: sweep_late(now=now)),
    "overdue parcels": (60, lambda now: sweep_overdue(now=now)),
    "samples": (60, lambda now: sweep_samples(now=now)),
    "weights of reviews": (2, lambda now: sweep_weights(now=now)),
    "asks for reviews": (60, lambda now: sweep_asks(now=now)),
    "cases": (5, lambda now: sweep_cases(now=now)),
    "checks": (300, lambda now: sweep_checks(now=now)),
    "settlement files": (300, lambda now: fetch_files(now=now)),
    "rates": (30, lambda now: sweep_rates(now=now)),
    "settlement": (30, lambda now: settle_due(now=now)),
    "cards": (1, lambda now: refresh_due(now=now)),
    "pushes": (0.5, lambda now: sweep_pushes(now=now)),
    "profiles of creators": (5, lambda now: freshen_profiles(now)),
    "round of cards": (5, lambda now: refresh_round(now=now)),
    "erased people": (3600, lambda now: sweep_erased(now=now)),
    "files": (21_600, lambda now: sweep_files(now=now)),
    "clicks": (300, lambda now: sweep_clicks(now=now)),
    "parked reactions": (30, lambda now: retry_parked(now=now)),
    "effects of credit": (60, lambda now: sweep_effects(now=now)),
    "lifted effects": (60, lambda now: end_lifts(now=now)),
    "earnings of creators": (3600, lambda now: sweep_earnings(now=now)),
    "log": (0.5, lambda now: publish(now=now)),
    "anchors": (5, lambda now: sweep_anchors(now=now)),
    "scores": (2, lambda now: sweep_scores(now=now)),
    "witnesses": (0.5, lambda now: ask_witnesses(now=now)),
    "old signals": (60, lambda now: sweep_signals(now=now)),
    "old showings": (60, lambda now: sweep_showings(now=now)),
    "old pushes": (60, lambda now: sweep_old_pushes(now=now)),
    "old orders of lists": (3600, lambda now: sweep_orders(now=now)),
    "measures": (60, lambda now: sweep_measures(now=now)),
    "balances": (60, lambda now: roll_up()),
    "models": (2, lambda now: work_runs(now=now, clock=clock.now)),
    "models of a night": (300, lambda now: plan_nightly(now=now)),
    "new goods in models": (60, lambda now: add_new_products(now=now)),
    "models put away": (60, lambda now: put_away(now=now)),
}

# These wait for other people's servers, which may take as long as they like: each has a thread of its own, so that a
# supplier's slow pictures hold back no settlement and no expiry. Cards, facts, scores and recalls wait for nobody, but 5,000 at once
# take a while.
ALONE = frozenset(
    {
        "anchors",
        "witnesses",
        "cards",
        "effects of credit",
        "round of cards",
        "facts",
        "recalls",
        "scores",
        "catalogue files",
        "pulls",
        "pushes",
        "profiles of creators",
        "pictures",
        "returns",
        "payouts",
        "evidence",
        "settlement files",
        "log",
        "models",
        "models put away",
        "new goods in models",
        "measures",
        "sandbox webhooks",
    }
)
