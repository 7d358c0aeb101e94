"""The contrast themes stand at 7:1 and keep their meanings for every kind of colour vision."""

from __future__ import annotations

import itertools

import pytest
from textual.theme import Theme

from backend_tui.ui.colours import PALETTES
from backend_tui.ui.theme import CONTRAST_THEMES

RGB = tuple[float, float, float]
MEANINGS = ["primary", "secondary", "accent", "warning", "error", "success"]
TEXTS = [
    *("foreground", "text", "text-muted", "text-disabled", "footer-key-foreground", "link-color"),
    *MEANINGS,
    *(f"text-{each}" for each in MEANINGS),
]
GROUNDS = ["background", "surface", "panel"]
# Viénot, Brettel and Mollon 1999, for linear RGB.
VISIONS: dict[str, tuple[RGB, RGB, RGB]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.11238, 0.88762, 0), (0.11238, 0.88762, 0), (0.00401, -0.00401, 1)),
    "deuteranopia": ((0.29275, 0.70725, 0), (0.29275, 0.70725, 0), (-0.02234, 0.02234, 1)),
}


def linear(colour: str) -> RGB:
    """A `#rrggbb` in linear RGB, 0 to 1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """The WCAG 2 ratio."""
    lights = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other))]
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def lab(colour: RGB) -> RGB:
    """CIE L*a*b* under D65."""
    r, g, b = (min(max(c, 0), 1) for c in colour)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(colour: str, vision: str) -> RGB:
    """A colour as somebody with that vision sees it, in L*a*b*."""
    rgb = linear(colour)
    r, g, b = (sum(w * c for w, c in zip(row, rgb, strict=True)) for row in VISIONS[vision])
    return lab((r, g, b))


@pytest.mark.parametrize("theme", CONTRAST_THEMES, ids=lambda theme: theme.name)
def test_every_text_stands_at_seven_to_one_on_every_ground(theme: Theme) -> None:
    colours = theme.to_color_system().generate() | theme.variables
    weak = {
        (text, ground): round(contrast(colours[text], colours[ground]), 2)
        for text, ground in itertools.product(TEXTS, GROUNDS)
        if contrast(colours[text][:7], colours[ground][:7]) < 7
    }
    assert weak == {}


@pytest.mark.parametrize("theme", CONTRAST_THEMES, ids=lambda theme: theme.name)
def test_text_on_coloured_grounds_stands_at_seven_to_one(theme: Theme) -> None:
    colours = theme.to_color_system().generate() | theme.variables
    pairs = [
        ("block-cursor-foreground", "block-cursor-background"),
        ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
        ("foreground", "input-selection-background"),
        ("input-cursor-foreground", "input-cursor-background"),
        ("screen-selection-foreground", "screen-selection-background"),
        ("button-color-foreground", "primary"),
        *((f"text-{each}", f"{each}-muted") for each in ("primary", "error", "success", "warning")),
        *(("foreground", f"{each}-muted") for each in ("primary", "error", "success", "warning")),
    ]
    weak = {
        pair: round(contrast(colours[pair[0]][:7], colours[pair[1]][:7]), 2)
        for pair in pairs
        if contrast(colours[pair[0]][:7], colours[pair[1]][:7]) < 7
    }
    assert weak == {}


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("name", PALETTES)
def test_good_and_bad_stay_apart_for_every_vision(name: str, vision: str) -> None:
    good, bad = (seen(PALETTES[name][each], vision) for each in ("success", "error"))
    distance = sum((a - b) ** 2 for a, b in zip(good, bad, strict=True)) ** 0.5
    assert distance > 15


@pytest.mark.parametrize("theme", CONTRAST_THEMES, ids=lambda theme: theme.name)
def test_no_text_colour_is_derived_by_the_library(theme: Theme) -> None:
    colours = theme.to_color_system().generate() | theme.variables
    assert [name for name, value in colours.items() if "auto" in value] == []
