"""The elements, attributes and classes that a text may have; nothing else is left."""

import nh3
from pygments.token import STANDARD_TYPES  # type: ignore[import-untyped]

ATTRIBUTES = {
    "a": {"href", "title"},
    "figure": {"tabindex"},
    "img": {"src", "alt", "title", "width", "height", "loading"},
    "ol": {"start"},
    "pre": {"tabindex"},
    "div": {"role", "tabindex"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
PROSE = {"p", "em", "strong", "s", "del", "code", "ul", "li", "blockquote"}
BREAKS = {"hr", "br", "wbr"}
BLOCKS = {"figure", "figcaption", "span", "table", "thead", "tbody", "tr", "th", "td"}
ALIGNED = {"left", "center", "right"}
CLASSES = {
    "div": {"table"},
    "figure": {"code", "console", "diff", "source", "picture", "wide"},
    "img": {"light", "dark"},
    "span": set(STANDARD_TYPES.values()) - {""},
    "th": ALIGNED,
    "td": ALIGNED,
}
CLEANER = nh3.Cleaner(
    tags=PROSE | BREAKS | BLOCKS | set(ATTRIBUTES),
    attributes=ATTRIBUTES,
    allowed_classes=CLASSES,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,  # no link opens a window; Referrer-Policy says what is told
)


def clean(html: str) -> str:
    """Leave of the HTML what is allowed."""
    return CLEANER.clean(html)
