"""What the gallery says about the design: every token of `tokens.css` as it stands there, and when each component is used."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Choose = Callable[[str, str], str]
SHEET = Path(__file__).parent / "static" / "ui" / "css" / "tokens.css"
DECLARED = re.compile(r"--([\w-]+):\s*([^;]+);")
# Start of a name -> what such tokens are for, in English and Chinese; a token belongs to the first that fits.
USES = (
    ("paper", "Behind everything: warm paper", "页面的底：暖色的纸"),
    ("surface", "What lies on the paper: cards, sunk wells, raised fields", "纸上的层次：卡片、凹槽、浮起的输入框"),
    ("ink", "Words; soft for what is said beside", "文字；次要的说明用浅墨"),
    ("line", "Edges; strong where a control begins", "边线；控件用深一档"),
    ("accent", "One cinnabar: the main act, the current place, what is live", "一抹朱砂：主要操作、当前位置、直播"),
    ("on-", "Words on a colour", "颜色之上的文字"),
    ("good", "Went well", "顺利"),
    ("warn", "Wants a look", "需要留意"),
    ("bad", "Went wrong, or cannot be undone", "出错，或不可恢复"),
    ("info", "On its way", "进行中"),
    ("seal", "Vouched for by evidence", "有据可查"),
    ("chart", "Lines and bars, in this order", "图表，按此顺序"),
    ("hue", "Behind a name without a face, by the name", "没有头像时的底色，由名字决定"),
    ("scrim", "Between a dialog and its page", "弹窗与页面之间"),
    ("shadow", "Height: rest, hover, above all", "高度：静置、悬停、最上层"),
    ("text", "Sizes of letters; headings in serif", "字号；标题用宋体"),
    ("leading", "Heights of lines", "行高"),
    ("space", "Distances: 1 and 2 inside a thing, 3 to 5 between things, 6 to 8 between parts", "间距：1、2 用于内部，3 至 5 用于之间，6 至 8 用于分段"),
    ("radius", "Corners: small parts, controls, cards, pills", "圆角：小件、控件、卡片、胶囊"),
    ("touch", "The least height of what a thumb hits", "拇指可点的最小高度"),
    ("page", "The widest a page gets", "页面最宽"),
    ("measure", "The longest line that is read", "阅读的最长一行"),
    ("quick", "A change under the finger", "指下的变化"),
    ("calm", "Something comes or goes", "出现与消失"),
    ("ease", "How things move", "动的方式"),
    ("ring", "Around what has the focus", "焦点的外环"),
    ("sans", "Letters of controls and lines", "控件与正文的字体"),
    ("serif", "Letters of headings and of people's words", "标题与人的话"),
    ("mono", "Codes", "代码"),
)  # fmt: skip
# Component -> when to use it.
WHEN = (
    ("person_header", "The top of a person's page; the face before anything else.", "个人主页的开头：先见人。"),
    ("person_card", "A person among people. Never a list of goods without one.", "人群中的一个人。没有人，就不列商品。"),
    ("byline", "Who says or sells this, in one line.", "谁说的、谁卖的，一行说清。"),
    ("pick_card", "One thing under its person's word, with price and multiple.", "一件推荐：她的话、价格和倍数。"),
    ("price", "Wherever money is asked from a buyer: the multiple stands beside it.", "向买家报价处：倍数写在旁边。"),
    ("money", "Amounts in books and tables; signed where they go both ways.", "账目中的金额；有进有出时带正负号。"),
    ("button", "Primary: the one act of a page. Ink: the act of a part. Quiet: beside others. Danger: cannot be undone.", "主按钮：一页只有一个。墨色：一段的操作。淡：附带。红：不可恢复。"),
    ("pill", "A state, in the words of states.py; never as a button.", "状态；从不当按钮用。"),
    ("notice", "What must be read before going on. Toast: what went well just now.", "继续之前必须读到的；刚刚成功的用轻提示。"),
    ("empty_state", "A list without rows: says why, and what to do first.", "空列表：说明原因和第一步。"),
    ("table", "Rows that are compared; on a phone each becomes a card.", "用来比较的行；手机上一行变一张卡。"),
    ("tabs", "Views of one thing, each with an address of its own.", "同一事物的不同视图，各有网址。"),
    ("stepper", "A way of few steps, and where one is.", "几步之路，走到哪里。"),
    ("timeline", "What happened, when, by whom.", "发生过什么、何时、谁。"),
    ("stat", "One number with its name; a link if there is more.", "一个数字和它的名字。"),
    ("progress", "What takes longer than a breath.", "比一口气更久的事。"),
    ("dialog", "A question about the page that is open; works as an address without scripts.", "就当前页面问一句；没有脚本也能用。"),
    ("field", "One question each, its help below the name, its fault below itself.", "一栏一问；说明在名下，错误在栏下。"),
    ("copy_link", "An address that is meant to be passed on.", "要传出去的网址。"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its name and its value on light paper."""

    name: str
    value: str

    @property
    def is_colour(self) -> bool:
        """Whether it can fill a swatch."""
        return self.value.startswith(("#", "rgb"))


@dataclass(frozen=True, slots=True)
class Use:
    """Tokens of one kind, and what they are for."""

    words: str
    tokens: list[Token]


@cache
def tokens() -> list[Token]:
    """Return every token once, in the order of the sheet."""
    found: dict[str, str] = {}
    for name, value in DECLARED.findall(SHEET.read_text("utf-8")):
        found.setdefault(name, " ".join(value.split()))
    return [Token(name, value) for name, value in found.items()]


def uses(choose: Choose) -> list[Use]:
    """Return the tokens by what they are for; every token is in one of them."""
    kinds: dict[str, list[Token]] = {start: [] for start, _, _ in USES}
    for token in tokens():
        kinds[next(start for start in kinds if token.name.startswith(start))].append(token)
    return [Use(choose(english, chinese), kinds[start]) for start, english, chinese in USES]


def whens(choose: Choose) -> list[tuple[str, str]]:
    """Return (component, when to use it)."""
    return [(name, choose(english, chinese)) for name, english, chinese in WHEN]
