"""Search: a small bilingual pool with exact answers, in both scripts, mistyped too; filters, orders, pages and who may ask."""

from __future__ import annotations

import pytest

from tests.matching.market import Market

db = pytest.mark.django_db


@pytest.fixture
def market(db: None) -> Market:
    return Market()


QUESTIONS: dict[str, list[str]] = {
    "茶杯": ["cup"],
    "青瓷": ["cup"],
    "龙泉 茶杯": ["cup"],
    "蓝牙耳机": ["phones"],
    "耳机 蓝牙": ["phones"],
    "充电宝": ["bank"],
    "小米充电宝": ["bank"],
    "羽绒服": ["coat"],
    "服": ["coat"],
    "茶": ["tea", "pot", "cup"],
    "龙井": ["tea"],
    "手工": ["tea"],
    "窑街": ["tea", "pot", "cup"],
    "Teacup": ["cup", "coat"],
    "teacups": ["cup", "coat"],
    "TEA": ["tea", "cup", "pot", "coat"],
    "green tea": ["tea", "cup"],
    "head": ["phones"],
    "20000": ["bank"],
    "hill": ["pot"],
    "山子": ["pot"],
    "ＢＬＵＥＴＯＯＴＨ": ["phones"],
    "phones": [],
    "nothing of the kind": [],
    "': * & ! | (": ["tea", "filter", "bank", "phones", "pot", "cup", "coat"],
}


def test_each_question_finds_exactly_its_products(market: Market) -> None:
    found = {question: market.find(question) for question in QUESTIONS}
    print(found)
    assert {q: set(names) for q, names in found.items()} == {q: set(names) for q, names in QUESTIONS.items()}
