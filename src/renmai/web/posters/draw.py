"""Four posters: of a thing, of a person, of a post, of a show. Pure: what stands on it in, a WebP 750 px wide out."""

from __future__ import annotations

from dataclasses import dataclass, field

from renmai.web.posters.canvas import INK, RED, SOFT, Canvas
from renmai.web.posters.fonts import writable
from renmai.web.posters.lines import balanced, broken, fit, width_of

WIDTH = 750
EDGE = 56
INNER = WIDTH - 2 * EDGE
HEIGHT_MAX = 2000
CODE = 208
DRAWN = 2  # Another drawing of the same things is another poster.


@dataclass(frozen=True, slots=True)
class Thing:
    """A small picture with its price."""

    picture: bytes | None
    title: str
    price: str


@dataclass(frozen=True, slots=True)
class Poster:
    """What stands on a poster, all in the poster's language. `kind` is shop, pick, post or show (then `price` is when it
    begins); empty texts are left out.

    `number` chooses a tone where pictures are missing; `labels` are small print that must be there (advertising, made by a
    machine); `invitation` stands beside the code, `scan` below it, `motto` at the foot.
    """

    kind: str
    name: str
    handle: str
    letters: str
    number: int
    link: str
    face: bytes | None = None
    picture: bytes | None = None
    word: str = ""
    title: str = ""
    price: str = ""
    price_note: str = ""
    invitation: str = ""
    scan: str = ""
    motto: str = ""
    labels: tuple[str, ...] = ()
    things: tuple[Thing, ...] = field(default=())


def draw(poster: Poster) -> bytes:
    """Return the poster as WebP."""
    canvas = Canvas(WIDTH, HEIGHT_MAX)
    y = {"pick": _pick, "post": _post, "show": _show}.get(poster.kind, _person)(canvas, poster)
    _labels(canvas, poster)
    return canvas.done(int(_foot(canvas, poster, y)))


def _pick(canvas: Canvas, poster: Poster) -> float:
    tall = 700 if poster.picture else 440
    _picture(canvas, poster, tall, writable("serif bold", poster.title)[:1])
    y = _byline(canvas, poster, tall)
    if poster.word:
        y = _word(canvas, poster.word, y + 34)
    return y + 30


def _picture(canvas: Canvas, poster: Poster, tall: int, letters: str = "") -> None:
    box = (0, 0, WIDTH, tall)
    if poster.picture is None or not canvas.picture(poster.picture, box):
        canvas.panel(box, letters, poster.number)


def _byline(canvas: Canvas, poster: Poster, y: int) -> float:
    """The face stands on the edge of the picture, its name beside it: the person first."""
    across = 184
    canvas.face(poster.face, poster.letters, poster.number + 1, (EDGE + across // 2, y + 4), across)
    x = EDGE + across + 30
    room = WIDTH - x - EDGE
    size, lines = balanced(poster.name, "serif bold", (41, 34, 29), room, 2)
    last = y + 58 + (len(lines) - 1) * int(size * 1.2)
    canvas.lines(x, y + 58, lines, "serif bold", size, int(size * 1.2), INK, "ls")
    canvas.text(x, last + 37, fit(f"@{poster.handle}", "sans", 23, room), "sans", 23, SOFT, "ls")
    return max(y + 122, last + 56)


def _word(canvas: Canvas, word: str, y: float) -> float:
    canvas.mark(EDGE, y - 12, "\N{LEFT DOUBLE QUOTATION MARK}", "serif bold", 92, RED)
    size, lines = balanced(word, "serif", (42, 37, 33), INNER - 8, 5)
    return canvas.lines(EDGE, y + 62, lines, "serif", size, int(size * 1.52))


def _person(canvas: Canvas, poster: Poster) -> float:
    tall, across = 400, 300
    _picture(canvas, poster, tall)
    canvas.face(poster.face, poster.letters, poster.number + 1, (WIDTH // 2, tall), across)
    y = tall + across // 2 + 36.0
    size, lines = balanced(poster.name, "serif bold", (60, 50, 42), INNER, 2)
    y = canvas.lines(WIDTH / 2, y, lines, "serif bold", size, int(size * 1.25), INK, "ma")
    canvas.text(WIDTH / 2, y + 8, fit(f"@{poster.handle}", "sans", 24, INNER), "sans", 24, SOFT, "ma")
    y += 58
    if poster.word:
        size, lines = balanced(poster.word, "serif", (37, 33, 30), INNER, 5)
        y = canvas.lines(WIDTH / 2, y + 18, lines, "serif", size, int(size * 1.55), INK, "ma")
    return _things(canvas, poster, y + 38) if poster.things else y + 36


def _things(canvas: Canvas, poster: Poster, y: float) -> float:
    """What the person recommends, three at most, each with its price."""
    gap, each = 22, (INNER - 44) // 3
    whole = len(poster.things) * each + (len(poster.things) - 1) * gap
    for place, thing in enumerate(poster.things):
        x = (WIDTH - whole) // 2 + place * (each + gap)
        box = (x, int(y), each, each)
        if thing.picture is None or not canvas.picture(thing.picture, box, 16):
            canvas.panel(box, writable("serif bold", thing.title)[:1], poster.number + place, 16)
        canvas.text(x + each / 2, y + each + 14, fit(thing.title, "sans", 22, each), "sans", 22, SOFT, "ma")
        canvas.text(x + each / 2, y + each + 46, thing.price, "serif bold", 29, RED, "ma")
    return y + each + 46 + 62


def _post(canvas: Canvas, poster: Poster) -> float:
    tall = 560 if poster.picture else 250
    _picture(canvas, poster, tall)
    y = _byline(canvas, poster, tall)
    size, lines = balanced(poster.title, "serif bold", (50, 43, 38), INNER, 3)
    y = canvas.lines(EDGE, y + 40, lines, "serif bold", size, int(size * 1.36))
    if poster.word:
        y = canvas.lines(EDGE, y + 16, broken(poster.word, "serif", 30, INNER, 5), "serif", 30, 48, SOFT)
    return y + 34


def _show(canvas: Canvas, poster: Poster) -> float:
    """Its cover, who presents it, when it begins, what it is called, and three of the things that are shown."""
    _picture(canvas, poster, 520)
    y = _byline(canvas, poster, 520) + 34
    size, lines = balanced(poster.price, "serif bold", (46, 40, 34), INNER, 2)
    y = canvas.lines(EDGE, y, lines, "serif bold", size, int(size * 1.3), RED)
    size, lines = balanced(poster.title, "serif bold", (50, 43, 38), INNER, 3)
    y = canvas.lines(EDGE, y + 10, lines, "serif bold", size, int(size * 1.36))
    if poster.word:
        y = canvas.lines(EDGE, y + 12, broken(poster.word, "serif", 30, INNER, 4), "serif", 30, 48, SOFT)
    return _things(canvas, poster, y + 30) if poster.things else y + 30


def _foot(canvas: Canvas, poster: Poster, y: float) -> float:
    """Below a hairline: what it is and costs on the left, the code on the right; then whose house this is."""
    canvas.rule(y, EDGE, WIDTH - EDGE)
    y += 34
    x = WIDTH - EDGE - CODE
    canvas.code(poster.link, x, int(y), CODE)
    canvas.text(x + CODE / 2, y + CODE + 14, fit(poster.scan, "sans", 20, CODE), "sans", 20, SOFT, "ma")
    room = x - EDGE - 36
    top = y + 4
    if poster.kind == "pick":
        size, lines = balanced(poster.title, "serif", (32, 29), room, 3)
        top = canvas.lines(EDGE, top, lines, "serif", size, int(size * 1.4))
        top = _price(canvas, poster, top + 12, room)
    else:
        size, lines = balanced(poster.invitation, "serif", (34, 31), room, 4)
        top = canvas.lines(EDGE, top, lines, "serif", size, int(size * 1.45))
    y = max(y + CODE + 76, top + 36)
    _motto(canvas, poster, y)
    return y + 60


def _price(canvas: Canvas, poster: Poster, y: float, room: float) -> float:
    size = next((s for s in (64, 54, 46) if width_of(poster.price, "serif bold", s) <= room), 40)
    canvas.text(EDGE, y, poster.price, "serif bold", size, RED)
    if poster.price_note:
        canvas.text(EDGE, y + size * 1.42, fit(poster.price_note, "sans", 21, room), "sans", 21, SOFT)
    return y + size * 1.42 + 28


def _motto(canvas: Canvas, poster: Poster, y: float) -> None:
    """A seal and the house's word."""
    canvas.draw.rounded_rectangle((EDGE, y - 2, EDGE + 32, y + 30), 6, fill=RED)
    if writable("serif bold", "人"):
        canvas.text(EDGE + 16, y + 14, "人", "serif bold", 22, (250, 246, 239), "mm")
    canvas.text(EDGE + 46, y + 14, fit(poster.motto, "sans", 21, INNER - 46), "sans", 21, SOFT, "lm")


def _labels(canvas: Canvas, poster: Poster) -> None:
    right = WIDTH - 20
    for label in poster.labels:
        right = canvas.tag(right, 20, label) - 10
