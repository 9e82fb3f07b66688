"""The icon set: drawn by this project on a 24 x 24 grid, one stroke width, round ends. Values are the inside of an <svg>."""

from __future__ import annotations


def stroke(*paths: str) -> str:
    """Outline paths as SVG."""
    return "".join(f'<path d="{path}"/>' for path in paths)


def dot(x: float, y: float, radius: float) -> str:
    """A filled dot as SVG."""
    return f'<circle class="icon__fill" cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'


def ring(x: float, y: float, radius: float) -> str:
    """An outlined circle as SVG."""
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}"/>'


def solid(path: str) -> str:
    """A filled path as SVG."""
    return f'<path class="icon__fill" d="{path}"/>'


HEART = "M12 20C5.5 15.6 3.5 12.4 3.5 9.2 3.5 6.6 5.5 4.8 7.8 4.8c1.8 0 3.3 1 4.2 2.7.9-1.7 2.4-2.7 4.2-2.7 2.3 0 4.3 1.8 4.3 4.4 0 3.2-2 6.4-8.5 10.8z"
STAR = "M12 3.5l2.5 5.4 5.9.7-4.4 4 1.2 5.9L12 16.6l-5.2 2.9L8 13.6l-4.4-4 5.9-.7z"
SEAL = "M12 2.8l2.4 1.9 3-.2.9 2.9 2.5 1.7-1 2.9 1 2.9-2.5 1.7-.9 2.9-3-.2L12 21.2l-2.4-1.9-3 .2-.9-2.9-2.5-1.7 1-2.9-1-2.9 2.5-1.7.9-2.9 3 .2z"

ICONS: dict[str, str] = {
    "grip": "".join(dot(x, y, 1.5) for x in (9, 15) for y in (6, 12, 18)),
    "alert": stroke("M12 4L2.8 19.5h18.4z", "M12 10v4.5") + dot(12, 17, 1),
    "arrow-left": stroke("M20 12H4", "M10 6l-6 6 6 6"),
    "arrow-right": stroke("M4 12h16", "M14 6l6 6-6 6"),
    "bell": stroke("M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15z", "M10 20.5a2.2 2.2 0 0 0 4 0"),
    "box": stroke("M3.5 7.8L12 3.5l8.5 4.3v8.6L12 20.5l-8.5-4.1z", "M3.5 7.8L12 12l8.5-4.2", "M12 12v8.5"),
    "calendar": stroke("M4 6.5h16V20H4z", "M4 10.5h16", "M8 3.5v5", "M16 3.5v5"),
    "cart": stroke("M3 4.5h2.4l2.3 11h10l2.1-8H6.2") + dot(9, 19.5, 1.6) + dot(16.8, 19.5, 1.6),
    "chart": stroke("M4 4v16h16", "M8.5 16v-4", "M13 16V7.5", "M17.5 16v-6"),
    "chat": stroke("M4 5h16v11.5h-8L7.5 20.5v-4H4z", "M8 9.5h8", "M8 12.7h5"),
    "check": stroke("M4.5 12.5l5 5 10-11"),
    "check-circle": ring(12, 12, 9) + stroke("M8 12.3l2.9 2.9 5.2-5.9"),
    "chevron-down": stroke("M6 9.5l6 6 6-6"),
    "chevron-left": stroke("M14.5 6l-6 6 6 6"),
    "chevron-right": stroke("M9.5 6l6 6-6 6"),
    "chevron-up": stroke("M6 14.5l6-6 6 6"),
    "camera": stroke("M3 7h12v10H3z", "M15 11l6-3.5v9L15 13"),
    "clock": ring(12, 12, 9) + stroke("M12 7v5.2l3.4 2"),
    "close": stroke("M6 6l12 12", "M18 6L6 18"),
    "code": stroke("M8.5 7L3.5 12l5 5", "M15.5 7l5 5-5 5"),
    "coin": ring(12, 12, 9) + stroke("M8.3 7.5L12 12l3.7-4.5", "M12 12v5.5", "M9 13h6", "M9 15.5h6"),
    "curtain": stroke(
        "M3 4h18", "M5 4v16c3.5-1 5-4 5-7.5V4", "M19 4v16c-3.5-1-5-4-5-7.5V4", "M12 4v9", "M7.5 4v11", "M16.5 4v11"
    ),
    "copy": stroke("M9 9h11v11H9z", "M15 9V4H4v11h5"),
    "download": stroke("M12 4v11", "M7 10.5l5 5 5-5", "M4.5 20h15"),
    "edit": stroke("M4.5 19.5l1-4L16 5l3 3L8.5 18.5z", "M13.5 7.5l3 3"),
    "eye": stroke("M2.5 12C5 7.8 8.2 5.8 12 5.8s7 2 9.5 6.2c-2.5 4.2-5.7 6.2-9.5 6.2S5 16.2 2.5 12z")
    + ring(12, 12, 2.8),
    "file": stroke("M6 3.5h8l4.5 4.5v12.5H6z", "M14 3.5V8h4.5", "M9 12.5h6", "M9 16h6"),
    "filter": stroke("M4 6.5h16", "M7 12h10", "M10 17.5h4"),
    "flag": stroke("M6 21V4", "M6 4.5c4-2 7 2 12 0v9c-5 2-8-2-12 0"),
    "gift": stroke(
        "M4 11h16v9.5H4z",
        "M3 7.5h18V11H3z",
        "M12 7.5v13",
        "M12 7.5C9 7.5 7 6.4 7.5 4.8 8.2 3 11.5 4 12 7.5c.5-3.5 3.8-4.5 4.5-2.7.5 1.6-1.5 2.7-4.5 2.7z",
    ),
    "globe": ring(12, 12, 9) + stroke("M3 12h18", "M12 3c3.2 2.8 4 6 4 9s-.8 6.2-4 9c-3.2-2.8-4-6-4-9s.8-6.2 4-9z"),
    "heart": stroke(HEART),
    "heart-fill": solid(HEART),
    "home": stroke("M4 11l8-7 8 7v9h-5.5v-5.5h-5V20H4z"),
    "image": stroke("M3.5 5h17v14h-17z", "M3.5 16.5l5-5 4 4 3-2.5 5 4") + dot(15.5, 9, 1.4),
    "info": ring(12, 12, 9) + stroke("M12 11v5.5") + dot(12, 7.8, 1.1),
    "leaf": stroke("M5 19C4 10 9 4.5 19.5 4.5 20 14.5 15 20 7.5 17.5", "M5 20c1.5-4.5 4.5-7.5 9-9.5"),
    "link": stroke(
        "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7L12 7", "M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7L12 17"
    ),
    "list": stroke("M9 6.5h11", "M9 12h11", "M9 17.5h11") + dot(5, 6.5, 1.2) + dot(5, 12, 1.2) + dot(5, 17.5, 1.2),
    "live": dot(12, 12, 2.6)
    + stroke(
        "M7.8 7.8a6 6 0 0 0 0 8.4", "M16.2 7.8a6 6 0 0 1 0 8.4", "M5 5a10 10 0 0 0 0 14", "M19 5a10 10 0 0 1 0 14"
    ),
    "lock": stroke("M5.5 10.5h13v10h-13z", "M8.5 10.5V7.5a3.5 3.5 0 0 1 7 0v3") + dot(12, 15.5, 1.4),
    "log-out": stroke("M10 4H4.5v16H10", "M9.5 12H20", "M16 8l4 4-4 4"),
    "mail": stroke("M3.5 5.5h17v13h-17z", "M3.5 7l8.5 6.5L20.5 7"),
    "map-pin": stroke("M12 21c-4.7-4.6-7-8.2-7-11.2a7 7 0 0 1 14 0c0 3-2.3 6.6-7 11.2z") + ring(12, 9.8, 2.5),
    "menu": stroke("M4 7h16", "M4 12h16", "M4 17h16"),
    "mic": stroke(
        "M12 3.5a3 3 0 0 1 3 3V11a3 3 0 0 1-6 0V6.5a3 3 0 0 1 3-3z", "M5.5 11a6.5 6.5 0 0 0 13 0", "M12 17.5V21"
    ),
    "mic-off": stroke(
        "M12 3.5a3 3 0 0 1 3 3V11a3 3 0 0 1-6 0V6.5a3 3 0 0 1 3-3z",
        "M5.5 11a6.5 6.5 0 0 0 13 0",
        "M12 17.5V21",
        "M4 3l16 18",
    ),
    "minus": stroke("M5 12h14"),
    "moon": stroke("M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"),
    "more": dot(5.5, 12, 1.7) + dot(12, 12, 1.7) + dot(18.5, 12, 1.7),
    "phone": stroke("M7 3h10v18H7z", "M11 18h2"),
    "pin": stroke("M9 3.5h6l-1 6 3.5 3.5h-11L10 9.5z", "M12 13v7.5"),
    "play": stroke("M7.5 4.8L19 12 7.5 19.2z"),
    "plus": stroke("M12 5v14", "M5 12h14"),
    "qr": stroke(
        "M4 4h6v6H4z", "M14 4h6v6h-6z", "M4 14h6v6H4z", "M14 14h2.5v2.5", "M20 14v3", "M14 20h3", "M20 20v.01"
    ),
    "quote": solid(
        "M4.5 17.5c0-5.5 1.5-9 5.5-11l.8 1.5c-2 1.2-2.9 2.6-3.1 4.3h2.8v5.2zM13.5 17.5c0-5.5 1.5-9 5.5-11l.8 1.5c-2 1.2-2.9 2.6-3.1 4.3h2.8v5.2z"
    ),
    "receipt": stroke("M5.5 3.5h13v17l-2.2-1.5-2.1 1.5-2.2-1.5-2.2 1.5-2.1-1.5-2.2 1.5z", "M9 8.5h6", "M9 12.5h6"),
    "refresh": stroke(
        "M20 11.5A8 8 0 0 0 5.5 7L4 8.5", "M4 4v4.5h4.5", "M4 12.5A8 8 0 0 0 18.5 17l1.5-1.5", "M20 20v-4.5h-4.5"
    ),
    "seal": stroke(SEAL, "M8.5 12.2l2.4 2.4 4.6-5"),
    "search": ring(10.8, 10.8, 6.5) + stroke("M15.6 15.6L20.5 20.5"),
    "settings": ring(12, 12, 3)
    + stroke(
        "M12 3v3",
        "M12 18v3",
        "M3 12h3",
        "M18 12h3",
        "M5.6 5.6l2.2 2.2",
        "M16.2 16.2l2.2 2.2",
        "M5.6 18.4l2.2-2.2",
        "M16.2 7.8l2.2-2.2",
    ),
    "share": stroke("M12 15V3.5", "M7.5 8L12 3.5 16.5 8", "M7 11.5H4.5v9h15v-9H17"),
    "shield": stroke("M12 3l8 3v5.5c0 4.5-3 7.8-8 9.5-5-1.7-8-5-8-9.5V6z", "M8.5 12l2.5 2.5 4.5-5"),
    "sort": stroke("M8 5v14", "M4.5 8.5L8 5l3.5 3.5", "M16 19V5", "M12.5 15.5L16 19l3.5-3.5"),
    "sound": stroke("M4 9.5h3.5L12 5.5v13l-4.5-4H4z", "M15.5 9a4.2 4.2 0 0 1 0 6", "M18 6.2a8.2 8.2 0 0 1 0 11.6"),
    "sound-off": stroke("M4 9.5h3.5L12 5.5v13l-4.5-4H4z", "M16 9.5l5 5", "M21 9.5l-5 5"),
    "spark": stroke("M12 3.5l2 6.5 6.5 2-6.5 2-2 6.5-2-6.5-6.5-2 6.5-2z"),
    "star": stroke(STAR),
    "star-fill": solid(STAR),
    "store": stroke(
        "M4.5 10.5V20h15v-9.5", "M3 9.5L5 4h14l2 5.5a3 3 0 0 1-6 0 3 3 0 0 1-6 0 3 3 0 0 1-6 0z", "M10 20v-5.5h4V20"
    ),
    "sun": ring(12, 12, 4)
    + stroke(
        "M12 2.5v2",
        "M12 19.5v2",
        "M2.5 12h2",
        "M19.5 12h2",
        "M5.3 5.3l1.4 1.4",
        "M17.3 17.3l1.4 1.4",
        "M5.3 18.7l1.4-1.4",
        "M17.3 6.7l1.4-1.4",
    ),
    "tag": stroke("M4 4h8l8.5 8.5-8 8L4 12z") + dot(8.3, 8.3, 1.4),
    "trash": stroke("M4.5 7h15", "M9 7V4h6v3", "M6.5 7l1 13.5h9l1-13.5", "M10.5 11v6", "M13.5 11v6"),
    "truck": stroke("M2.5 6h12v10.5h-12z", "M14.5 9.5h4l3 3.5v3.5h-7z") + dot(7, 18, 2) + dot(17.5, 18, 2),
    "undo": stroke("M8 5L3.5 9.5 8 14", "M4 9.5h10a5.5 5.5 0 0 1 0 11h-4"),
    "upload": stroke("M12 16V4.5", "M7 9.5l5-5 5 5", "M4.5 20h15"),
    "user": ring(12, 8.2, 4) + stroke("M4.5 20.5c.8-4.2 3.6-6.3 7.5-6.3s6.7 2.1 7.5 6.3"),
    "users": ring(9, 8.5, 3.5)
    + stroke(
        "M2.5 19.5c.7-3.7 3-5.5 6.5-5.5s5.8 1.8 6.5 5.5", "M15.5 5.3a3.5 3.5 0 0 1 0 6.4", "M18 14.5c2 .8 3.2 2.5 3.6 5"
    ),
    "wallet": stroke("M3.5 6.5h17v13h-17z", "M3.5 6.5l12-3v3", "M15.5 11.5h5v3.5h-5z"),
}
