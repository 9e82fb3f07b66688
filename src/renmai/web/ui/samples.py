"""What the gallery shows: invented people and goods in both languages, with the awkward cases (long, huge, empty) among them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.templatetags.static import static

from renmai.web.ui import charts
from renmai.web.ui.components import Column, Crumb, Moment, NavGroup, NavItem, Row, Series, Step, Tab
from renmai.web.ui.formats import format_money
from renmai.web.ui.guide import uses, whens
from renmai.web.ui.templatetags.ui import pill

CURRENCY = "CNY"


class Words:
    """Chooses between the two languages of a sample."""

    def __init__(self, language: str) -> None:
        self.chinese = language.startswith("zh")

    def __call__(self, english: str, chinese: str) -> str:
        """Return the text in the language of the page."""
        return chinese if self.chinese else english


def picture(name: str) -> str:
    """The address of a drawn sample picture."""
    return static(f"ui/img/sample/{name}.svg")


def yuan(minor: int) -> str:
    """Money of the samples as text."""
    return format_money(minor, CURRENCY)


class ShopForm(forms.Form):
    """A form with one of each kind of field."""

    def __init__(self, words: Words, data: dict[str, str] | None = None) -> None:
        super().__init__(data, prefix="wrong" if data else None)
        choices = [
            ("margin", words("I set the price and keep the margin", "我来定价，赚取差价")),
            ("commission", words("The supplier sets the price, I earn a commission", "供货商定价，我赚佣金")),
        ]
        self.fields["name"] = forms.CharField(label=words("Shop name", "店铺名称"), max_length=40)
        self.fields["handle"] = forms.SlugField(
            label=words("Handle", "店铺网址"),
            help_text=words("Your shop's address. Letters, digits and dashes.", "店铺的网址，可用字母、数字和短横线。"),
        )
        self.fields["price"] = forms.DecimalField(label=words("Price", "售价"), max_value=300)
        self.fields["category"] = forms.ChoiceField(
            label=words("Category", "品类"), choices=[("tea", words("Tea", "茶")), ("home", words("Home", "家居"))]
        )
        self.fields["word"] = forms.CharField(
            label=words("Your word for it", "推荐语"), max_length=200, required=False, widget=forms.Textarea,
            help_text=words("Say it as you would to a friend.", "像对朋友说话那样写。"),
        )  # fmt: skip
        self.fields["terms"] = forms.ChoiceField(
            label=words("Terms", "合作方式"), choices=choices, widget=forms.RadioSelect, initial="margin"
        )
        self.fields["picture"] = forms.FileField(
            label=words("Picture", "头像"),
            required=False,
            help_text=words("JPEG or PNG, up to 8 MB", "JPEG 或 PNG，最大 8 MB"),
        )
        self.fields["agree"] = forms.BooleanField(
            label=words("I answer for what I recommend.", "我为我推荐的东西负责。"),
            help_text=words("If something is wrong, your buyers ask you first.", "出了问题，买家会先来找您。"),
        )


def buyer_nav(words: Words) -> list[NavItem]:
    """The five places of a buyer."""
    return [
        NavItem(words("People", "人"), "#people", "users", current=True),
        NavItem(words("Live", "直播"), "#live", "live"),
        NavItem(words("Search", "搜索"), "#search", "search"),
        NavItem(words("Cart", "购物车"), "#cart", "cart", count=3),
        NavItem(words("Me", "我的"), "#me", "user"),
    ]


def console_nav(words: Words) -> list[NavGroup]:
    """The side navigation of a creator."""
    return [
        NavGroup("", [NavItem(words("Overview", "概览"), "#overview", "home", current=True)]),
        NavGroup(
            words("Shop", "店铺"),
            [
                NavItem(words("Picks", "选品"), "#picks", "tag"),
                NavItem(words("Selection centre", "选品中心"), "#pool", "spark", count=12),
                NavItem(words("Orders", "订单"), "#orders", "box", count=3),
            ],
        ),
        NavGroup(
            words("Money", "资金"),
            [
                NavItem(words("Earnings", "收益"), "#earnings", "wallet"),
                NavItem(words("Statements", "对账单"), "#statements", "receipt"),
            ],
        ),
    ]


def people(words: Words) -> list[dict[str, object]]:
    """People as doors: with a face, without one, live, and with a very long name."""
    return [
        {"name": words("Lin Xiaoman", "林小满"), "image": picture("face-1"), "live": True,
         "note": words("Spring tea, and the hills it comes from", "春茶，和它的山")},
        {"name": words("Ada Okafor", "安达·奥卡福"), "image": picture("face-2"), "live": False,
         "note": words("Kitchen things that last", "能用一辈子的厨房用品")},
        {"name": words("Zhou Yan", "周砚"), "image": "", "live": False,
         "note": words("Paper, ink, slow afternoons", "纸、墨、慢下午")},
        {"name": words("Maximiliane Konstantinopolitanskaya-Featherstonehaugh", "欧阳慕容听雨楼主人在苏州平江路的小小杂货铺"), "image": "",
         "live": False, "note": words("A name that does not fit on one line, and a note that does not either",
                                      "一个一行放不下的名字，和一句同样很长很长的介绍，看看会怎么样")},
    ]  # fmt: skip


def picks(words: Words) -> list[dict[str, object]]:
    """Picks: usual, nearly gone, sold out, and with too long a title and a huge price."""
    lin = {"person_name": words("Lin Xiaoman", "林小满"), "person_image": picture("face-1"), "person_href": "#lin"}
    ada = {"person_name": words("Ada Okafor", "安达·奥卡福"), "person_image": picture("face-2"), "person_href": "#ada"}
    return [
        {**lin, "title": words("Before-rain green tea, 100 g", "明前龙井 100 克"), "image": picture("tea"),
         "price": 12_800, "multiple": 24_000, "state": "",
         "word": words("Picked on two mornings in April. I drink it from a glass.", "四月里两个早晨采的。我用玻璃杯喝它。")},
        {**ada, "title": words("Stoneware rice bowl, pair", "粗陶饭碗 一对"), "image": picture("bowl"), "price": 9_900,
         "multiple": 18_500, "state": "low_stock",
         "word": words("Heavy in the hand, light on the table.", "拿在手里沉，放在桌上轻。")},
        {**lin, "title": words("Osmanthus honey", "桂花蜜"), "image": picture("honey"), "price": 6_850, "multiple": 21_000,
         "state": "sold_out", "word": words("It is back in October.", "十月会再有。")},
        {**ada, "title": words("Hand-loomed indigo cotton throw with a title that goes on far longer than two lines",
                               "手织靛蓝棉毯，一个特别特别长的商品标题，长到两行也放不下，只好在末尾省略"), "image": "",
         "price": 1_288_800_00, "multiple": 29_999, "state": "", "word": ""},
    ]  # fmt: skip


def order_table(words: Words) -> dict[str, object]:
    """A table of orders in several states."""
    names = [
        words("Before-rain green tea", "明前龙井"),
        words("Stoneware bowls", "粗陶饭碗"),
        words("Osmanthus honey", "桂花蜜"),
    ]
    rows = [
        Row([f"R-20{41 + i}", names[i % 3], pill(state), yuan(12_800 * (i + 1) ** 3), yuan(1_920 * (i + 1))], "#order")
        for i, state in enumerate(["placed", "paid", "in_transit", "received", "refunded"])
    ][::-1]
    columns = [
        Column(words("Order", "订单"), "number"), Column(words("Goods", "商品")), Column(words("State", "状态")),
        Column(words("Paid", "实付"), "paid", numeric=True), Column(words("You earn", "您的收益"), "part", numeric=True),
    ]  # fmt: skip
    return {"columns": columns, "rows": rows}


def moments(words: Words, now: datetime) -> list[Moment]:
    """The way of a parcel."""
    return [
        Moment(words("Delivered to the door", "已送达"), now - timedelta(minutes=40), "", "good", "check"),
        Moment(
            words("Out for delivery", "派送中"),
            now - timedelta(hours=5),
            words("SF Express 1442 0098 7311", "顺丰 1442 0098 7311"),
            "info",
            "truck",
        ),
        Moment(words("Handed to the carrier", "已揽收"), now - timedelta(days=2)),
        Moment(
            words("Paid", "已付款"),
            now - timedelta(days=3),
            words("Held in escrow until you confirm receipt", "货款由平台保管，确认收货后才结算"),
        ),
    ]


def chart_samples(words: Words) -> dict[str, object]:
    """One of each chart."""
    days = [f"11-{day:02d}" for day in range(1, 22)]
    sales = [120, 180, 90, 240, 310, 280, 150, 170, 260, 420, 980, 640, 380, 300, 290, 310, 330, 280, 360, 410, 390]
    months = [words(name, f"{i} 月") for i, name in enumerate(["Jun", "Jul", "Aug", "Sep", "Oct", "Nov"], start=6)]
    settled, estimated = (182_000, 240_500, 311_000, 280_000, 402_000, 190_000), (0, 0, 0, 30_000, 120_000, 388_000)
    parts = [
        Series(words("Supplier of the tea", "茶叶供货商"), (5_333,), 2), Series(words("Lin Xiaoman", "林小满"), (6_827,), 1),
        Series(words("Platform", "平台"), (640,), 3),
    ]  # fmt: skip
    return {
        "line": charts.line(
            words("Paid, per day", "每日成交"), days,
            [Series(words("This month", "本月"), [v * 100 for v in sales]), Series(words("Last month", "上月"), [v * 70 for v in reversed(sales)], 2)], yuan,
        ),
        "bar": charts.bar(words("Orders per month", "每月订单"), months, [42, 61, 88, 73, 120, 149]),
        "stacked": charts.stacked_bar(
            words("Earnings per month", "每月收益"), months,
            [Series(words("Settled", "已结算"), settled), Series(words("Estimated", "预估"), estimated, 3)], yuan,
        ),
        "split": charts.split_bar(words("Where 128.00 goes", "128.00 元的去向"), parts, yuan),
    }  # fmt: skip


def course(words: Words) -> list[Step]:
    """The steps of a checkout."""
    return [
        Step(words("Cart", "购物车"), "done"), Step(words("Address", "地址"), "done"),
        Step(words("Pay", "付款"), "current"), Step(words("Receipt", "收货")),
    ]  # fmt: skip


def gallery_context(language: str, now: datetime) -> dict[str, object]:
    """Everything the gallery's templates need."""
    words = Words(language)
    wrong = ShopForm(
        words, {"wrong-name": "", "wrong-handle": "not a handle!", "wrong-price": "950", "wrong-terms": "margin"}
    )
    return {
        "t": words.chinese, "currency": CURRENCY, "nav": buyer_nav(words), "nav_groups": console_nav(words),
        "console_name": words("Creator studio", "达人工作台"), "account_name": words("Lin Xiaoman", "林小满"),
        "people": people(words), "picks": picks(words), "table": order_table(words), "moments": moments(words, now),
        "charts": chart_samples(words), "steps": course(words), "form": ShopForm(words), "wrong_form": wrong,
        "stats": [(words("followers", "关注者"), words("12.3k", "1.2万")), (words("picks", "选品"), "38"), (words("returns", "退货率"), "1.8%")],
        "crumbs": [Crumb(words("Studio", "工作台"), "#"), Crumb(words("Orders", "订单"), "#"), Crumb("R-2041")],
        "tabs": [Tab(words("All", "全部"), "#", True, 128), Tab(words("To ship", "待发货"), "#", count=12),
                 Tab(words("Shipped", "已发货"), "#", count=30), Tab(words("Cases", "售后"), "#", count=0)],
        "face": picture("face-1"), "tea": picture("tea"), "bowl": picture("bowl"),
        "uses": uses(words), "whens": whens(words),
    }  # fmt: skip
