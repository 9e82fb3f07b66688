"""The checklists a house opens with: what Chinese law asks of whoever sells, made or imported. An operator may change them all."""

from __future__ import annotations

from dataclasses import dataclass

FOOD = ("food", "tea", "pantry", "snacks", "drinks")
TRADE_MARK = "trade-mark"  # the point that a certificate handed in with a brand answers
CARE = ("care", "beauty", "cosmetics")
CHILDREN = ("kids", "children", "baby", "toys")


@dataclass(frozen=True, slots=True)
class Usual:
    """A point of a checklist; `slugs` are the categories it is for, where the house has them (none: all goods)."""

    subject: str
    code: str
    title: str
    title_zh: str
    slugs: tuple[str, ...] = ()
    required: bool = True
    valid_days: int | None = None


# 电子商务法 Art. 10, 12, 27 (who sells registers, holds the licences its goods need, and the platform verifies both);
# 食品安全法 Art. 35; 化妆品监督管理条例 Art. 27; 产品质量法 Art. 33; 商标法 Art. 43 and 57.
USUAL: tuple[Usual, ...] = (
    Usual("supplier", "business-licence", "Business licence", "营业执照"),
    Usual("supplier", "legal-person", "Identity of the legal representative", "法定代表人身份证明"),
    Usual("supplier", "bank-account", "Proof of the company's bank account", "对公账户证明"),
    Usual("supplier", "food-licence", "Food production or trade licence", "食品生产许可证或食品经营许可证", FOOD),
    Usual("supplier", "cosmetics-licence", "Cosmetics production licence", "化妆品生产许可证", CARE),
    Usual("product", "test-report", "Test report", "质检报告", CARE + CHILDREN, valid_days=365),
    Usual("product", "ccc", "CCC certificate, where the goods need one", "强制性产品认证（CCC）证书", CHILDREN, False),
    Usual(
        "product", "brand-authorisation", "Brand authorisation, where the brand is not yours", "品牌授权书", (), False
    ),
    Usual("brand", TRADE_MARK, "Trade mark registration certificate", "商标注册证"),
)
