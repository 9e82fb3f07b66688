"""Papers of the demo world: checklists, the documents that answer them, deposits, and screening that is not done yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from uuid import UUID

from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from renmai.cli.demo.content.shapes import Supplier
from renmai.cli.demo.world import World
from renmai.goods.products.categories import edit_category
from renmai.goods.products.models import Category
from renmai.goods.screening.actions import note_reading, screen_supplier, take_document
from renmai.goods.screening.checklists import ensure_usual
from renmai.goods.screening.checks import warn_of_checks
from renmai.goods.screening.models import Evidence, Requirement
from renmai.goods.screening.queries import Item, checklist_of
from renmai.goods.suppliers.actions import apply_supplier
from renmai.kit.access import Actor, require_person
from renmai.kit.paper import INK, RULE, SOFT, runs
from renmai.money.deposits.actions import ask_return, deduct, pay_in
from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import actor_of

DAY = timedelta(days=1)
# What two categories ask for: somebody may come to harm, or the goods are dear.
DEPOSITS = {"care": 200_000, "sound": 300_000}
PAID_IN = {"willow-lane": 250_000, "low-hum": 300_000}
SHORT_LIVED = ("red-gate", "business-licence", 10)  # this supplier's licence runs out in so many days
YEARS = {"business-licence": 9, "food-licence": 4, "cosmetics-licence": 3, "test-report": 1}
ISSUERS = {
    "business-licence": "Market Regulation Bureau 市场监督管理局",
    "food-licence": "Market Regulation Bureau 市场监督管理局",
    "cosmetics-licence": "Medical Products Administration 药品监督管理局",
    "legal-person": "Public Security Bureau 公安局",
    "bank-account": "Bank of Communications 交通银行",
    "test-report": "Quality Inspection Institute 质量检验研究院",
}


@dataclass(frozen=True, slots=True)
class Maker:
    """Whose papers they are, as they stand on them."""

    key: str
    name: str
    name_zh: str


def write_lists(world: World, at: datetime) -> None:
    """Write the usual points, and what two categories ask for as a deposit."""
    ensure_usual(actor=world.operator, now=at)
    for slug, deposit_minor in DEPOSITS.items():
        category = Category.objects.get(slug=slug)
        edit_category(actor=world.operator, now=at, category_id=category.id, deposit_minor=deposit_minor)


def show_papers(it: Supplier, actor: Actor, subject_id: UUID, at: datetime, until: datetime) -> None:
    """Hand in a document for each required point that shows none; `until` is today in the demo."""
    maker = Maker(it.key, it.name_en, it.name_zh)
    for item in checklist_of(actor, subject_id, now=at):
        if item.requirement.required and item.state == "missing":
            _hand_in(maker, actor, item, at, _last_day(maker, item.requirement.code, at, until))


def _last_day(maker: Maker, code: str, at: datetime, until: datetime) -> date | None:
    key, short, days = SHORT_LIVED
    if (maker.key, code) == (key, short):
        return (until + days * DAY).date()
    return date(at.year + YEARS[code], 6, 30) if code in YEARS else None


def _hand_in(maker: Maker, actor: Actor, item: Item, at: datetime, last: date | None) -> None:
    own = item.requirement
    number = f"DEMO-{own.code[:4].upper()}-{item.subject_id.int % 10**6:06d}"
    take_document(
        actor=actor, now=at, subject_id=item.subject_id, requirement_id=own.id, name=f"{own.code}.pdf",
        data=draw_paper(maker, own.title, own.title_zh, number, ISSUERS.get(own.code, ""), last),
        number=number, issuer=ISSUERS.get(own.code, ""), valid_until_on=last,
    )  # fmt: skip


def mark_of(it: Supplier) -> bytes:
    """Draw the certificate of a supplier's mark."""
    title, title_zh = "Trade mark registration certificate", "商标注册证"
    issuer = "Trademark Office 国家知识产权局商标局"
    return draw_paper(Maker(it.key, it.name_en, it.name_zh), title, title_zh, f"TM-{it.key.upper()}", issuer, None)


def draw_paper(maker: Maker, title: str, title_zh: str, number: str, issuer: str, last: date | None) -> bytes:
    """Return a small PDF that says what it is, whose, and until when; and that it is no real one."""
    out = BytesIO()
    sheet = Canvas(out, pagesize=A5)
    width, height = A5
    sheet.setStrokeColor(RULE)
    sheet.rect(24, 24, width - 48, height - 48)
    _line(sheet, title_zh, 22, height - 96, bold=True)
    _line(sheet, title, 12, height - 118)
    lines = [("名称 Name", f"{maker.name_zh}  {maker.name}"), ("编号 Number", number), ("签发 Issued by", issuer)]
    for place, (label, words) in enumerate([*lines, ("有效期至 Valid until", last.isoformat() if last else "长期")]):
        _line(sheet, label, 8, height - 190 - 44 * place, soft=True)
        _line(sheet, words, 12, height - 206 - 44 * place)
    _line(sheet, "演示样本，无效力。Demo specimen, not a document.", 8, 48, soft=True)
    sheet.showPage()
    sheet.save()
    return out.getvalue()


def _line(sheet: Canvas, words: str, size: float, y: float, *, bold: bool = False, soft: bool = False) -> None:
    line = sheet.beginText(48, y)
    line.setFillColor(SOFT if soft else INK)
    for font, piece in runs(words, bold):
        line.setFont(font, size)
        line.textOut(piece)
    sheet.drawText(line)


def pay_deposits(world: World, at: datetime) -> None:
    """Book what the suppliers of those categories paid, before their goods are screened."""
    for number, (key, amount_minor) in enumerate(PAID_IN.items()):
        supplier_id, _actor = world.suppliers[key]
        pay_in(
            actor=world.operator, now=at, supplier_id=supplier_id, amount_minor=amount_minor,
            reference=f"BOC 2026-{4471 + number}", key=f"demo-deposit-{key}",
        )  # fmt: skip


def go_on_screening(world: World, now: datetime) -> None:
    """Leave work: documents that were opened, a check that is due, a deduction, and two applications that lack papers."""
    for code in ("business-licence", "food-licence"):
        row = Evidence.objects.filter(supplier_id=world.suppliers["red-gate"][0], requirement__code=code).first()
        if row is not None:
            note_reading(actor=world.operator, now=now - 2 * DAY, media_id=row.media_id)
    supplier_id, _actor = world.suppliers["willow-lane"]
    deduct(
        actor=world.operator, now=now - 5 * DAY, supplier_id=supplier_id, kind="forfeited", amount_minor=30_000,
        key="demo-deposit-kept",
        reason="Three parcels were handed over a week late without a word. 三件包裹迟发一周，且没有说明。",
    )  # fmt: skip
    warn_of_checks(now=now - timedelta(hours=6))


def apply_in_part(it: Supplier, actor: Actor, supplier_id: UUID, at: datetime) -> None:
    """Hand in all papers of a company but the proof of its bank account."""
    maker = Maker(it.key, it.name_en, it.name_zh)
    for item in checklist_of(actor, supplier_id, now=at):
        if item.requirement.code != "bank-account":
            _hand_in(maker, actor, item, at, _last_day(maker, item.requirement.code, at, at))


def refuse_one(world: World, it: Supplier, actor: Actor, now: datetime) -> None:
    """A company that was refused, with a reason at two points; it asks for the deposit back that it paid beforehand."""
    at = now - 6 * DAY
    row = apply_supplier(
        actor=actor, now=at, name=it.name_en, name_zh=it.name_zh, story=it.story_en, story_zh=it.story_zh,
        town=it.town_en, licence_number="DEMO-NORTH-GATE", contact_email=f"{it.key}@demo.renmai",
    )  # fmt: skip
    own = actor_of(Person.objects.get(pk=require_person(actor)))  # it acts for the company from now on
    show_papers(it, own, row.id, at, now)
    pay_in(
        actor=world.operator, now=at + timedelta(hours=4), supplier_id=row.id, amount_minor=200_000,
        reference="BOC 2026-4502", key="demo-deposit-refused",
    )  # fmt: skip
    points = Requirement.objects.filter(subject="supplier", category=None, retired_at=None)
    ids = dict(points.values_list("code", "id"))
    screen_supplier(
        actor=world.operator, now=at + DAY, supplier_id=row.id, verdict="rejected",
        reason="Two papers do not fit together; please mend them and hand in again. 两份文件对不上，请更正后重新提交。",
        remarks={
            ids["business-licence"]: "The scan ends before the seal. 扫描件缺少公章部分。",
            ids["bank-account"]: "The account is a person's, not the company's. 账户属于个人，不是对公账户。",
        },
    )  # fmt: skip
    ask_return(actor=own, now=now - DAY, supplier_id=row.id, amount_minor=200_000)
