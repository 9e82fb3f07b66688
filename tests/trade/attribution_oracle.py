"""A second, slow answer to whom an order credits: the whole diary of a small town, read again from its first page for each
question, by the sentences of docs/attribution.md. It knows no table, no statement and none of the rule's code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOWS = {"product": (5, 20), "content": (10, 35)}
BINDING_DAYS = 30


@dataclass
class Entry:
    """A line of the diary: `what` happened, when, and who or what had to do with it."""

    what: str
    at: datetime
    link: str = ""
    device: str = ""
    person: str = ""
    shop: str = ""
    on: bool = False
    order: int = -1


@dataclass
class Town:
    """Links: name -> (shop, sharer, kind). Owners: shop -> person. And what happened, in order."""

    links: dict[str, tuple[str, str, str]]
    owners: dict[str, str]
    diary: list[Entry] = field(default_factory=list)
    credits: dict[tuple[int, str], tuple[str, datetime] | None] = field(default_factory=dict)

    def is_on(self, what: str, name: str, until: int) -> bool:
        """Whether the last word on `what` of a shop or person, before page `until`, was on."""
        said = [e.on for e in self.diary[:until] if e.what == what and name in (e.shop, e.person)]
        return bool(said) and said[-1]

    def whose(self, page: int, until: int) -> str:
        """Who made the click on a page, as far as it is known before page `until`: else nobody."""
        click = self.diary[page]
        if click.person:
            return click.person
        for e in self.diary[page + 1 : until]:
            if e.what == "claim" and e.device == click.device:
                return e.person
        return ""

    def may_be_paid(self, sharer: str, buyer: str, shop: str, until: int) -> bool:
        """'Nobody where the shop gives nothing; not its owner; not oneself but by its setting; no closed account.'"""
        if not self.is_on("pays", shop, until) or sharer == self.owners[shop] or self.is_on("closed", sharer, until):
            return False
        return sharer != buyer or self.is_on("own", shop, until)

    def belongs(self, buyer: str, shop: str, until: int) -> tuple[str, datetime] | None:
        """'A customer is bound by the first link they follow while they belong to nobody': (link, from when)."""
        held: tuple[str, datetime] | None = None
        for page in range(until):
            for link, at in self.known_at(page, buyer):
                sharer, now = self.links[link][1], self.diary[page].at
                free = held is None or at >= held[1] + timedelta(days=BINDING_DAYS)
                free = free or (held is not None and self.is_on("closed", self.links[held[0]][1], page))
                barred = sharer in (buyer, self.owners[shop]) or self.is_on("closed", sharer, page)
                lasting = at + timedelta(days=BINDING_DAYS) > now
                if (
                    self.links[link][0] == shop
                    and self.is_on("binding", shop, page)
                    and free
                    and lasting
                    and not barred
                ):
                    held = link, at
        return held

    def known_at(self, page: int, buyer: str) -> list[tuple[str, datetime]]:
        """The clicks that are known to be the buyer's from this page on, earliest first; of those told at sign-in, of each
        link the first and the last."""
        entry = self.diary[page]
        if entry.what == "click" and entry.person == buyer:
            return [(entry.link, entry.at)]
        if entry.what != "claim" or entry.person != buyer:
            return []
        told: dict[str, list[datetime]] = {}
        for before in range(page):
            click = self.diary[before]
            mine = click.what == "click" and click.device == entry.device and not click.person
            if mine and not self.whose(before, page):
                told.setdefault(click.link, []).append(click.at)
        return sorted(
            ((link, at) for link, times in told.items() for at in {min(times), max(times)}), key=lambda pair: pair[1]
        )

    def last_order(self, buyer: str, link: str, at: datetime, until: int) -> list[datetime]:
        """When the orders were placed that this very click was credited with, were paid and were not given back."""
        times = []
        for e in self.diary[:until]:
            if e.what != "order" or e.person != buyer or self.credits.get((e.order, e.shop)) != (link, at):
                continue
            later = [x.what for x in self.diary[:until] if x.order == e.order and x.shop in ("", e.shop)]
            if "paid" in later and "given back" not in later:
                times.append(e.at)
        return times

    def credit(self, buyer: str, shop: str, now: datetime) -> tuple[str, datetime] | None:
        """Whom an order of `buyer` in `shop` would credit now: (link, when it was followed), or nobody."""
        end = len(self.diary)
        bound = self.belongs(buyer, shop, end) if self.is_on("binding", shop, end) else None
        holding = bound and now < bound[1] + timedelta(days=BINDING_DAYS)
        if bound and holding and self.may_be_paid(self.links[bound[0]][1], buyer, shop, end):
            return bound
        best: tuple[str, datetime] | None = None
        for link, at in self.followed(buyer, shop, end):
            first, then = WINDOWS[self.links[link][2]]
            holds = at <= now <= at + timedelta(days=first)
            for placed in self.last_order(buyer, link, at, end):
                holds = holds or placed <= now <= placed + timedelta(days=then)
            if holds and self.may_be_paid(self.links[link][1], buyer, shop, end) and (best is None or at > best[1]):
                best = link, at
        return best

    def followed(self, buyer: str, shop: str, end: int) -> list[tuple[str, datetime]]:
        """Everything the buyer is known to have followed in a shop, and what their orders there were credited with."""
        found = [
            (click.link, click.at)
            for page, click in enumerate(self.diary)
            if click.what == "click" and self.links[click.link][0] == shop and self.whose(page, end) == buyer
        ]
        orders = {e.order for e in self.diary if e.what == "order" and e.person == buyer}
        return found + [
            credit for (order, of), credit in self.credits.items() if credit and of == shop and order in orders
        ]
