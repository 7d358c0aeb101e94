"""The contrast themes: our palettes in the words Textual's widgets ask for."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

from backend_tui.ui.colours import PALETTES

_MEANINGS: Final = ("primary", "secondary", "accent", "warning", "error", "success")


def contrast_theme(name: str) -> Theme:
    """The theme of one palette; every variable that colours text is set, none is derived."""
    colours = PALETTES[name]
    ground, text, muted = colours["background"], colours["foreground"], colours["muted"]
    variables = {
        "text": text,
        "text-muted": muted,
        "text-disabled": muted,
        "foreground-muted": muted,
        "foreground-disabled": muted,
        "border": colours["primary"],
        "border-blurred": colours["border"],
        "rule": colours["border"],
        "block-cursor-foreground": text,
        "block-cursor-background": colours["selection"],
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-foreground": text,
        "block-cursor-blurred-background": colours["panel"],
        "block-cursor-blurred-text-style": "none",
        "block-hover-background": colours["panel"],
        "input-cursor-background": text,
        "input-cursor-foreground": ground,
        "input-selection-background": colours["selection"],
        "screen-selection-background": colours["selection"],
        "screen-selection-foreground": text,
        "footer-background": colours["panel"],
        "footer-foreground": text,
        "footer-key-foreground": colours["primary"],
        "footer-description-foreground": text,
        "link-color": colours["primary"],
        "link-color-hover": ground,
        "link-background-hover": colours["primary"],
        "button-foreground": text,
        "button-color-foreground": ground,
        "scrollbar": colours["border"],
        "scrollbar-hover": muted,
        "scrollbar-active": colours["primary"],
        "scrollbar-background": colours["surface"],
        "scrollbar-background-hover": colours["surface"],
        "scrollbar-background-active": colours["surface"],
        "scrollbar-corner-color": colours["surface"],
    }
    for meaning in _MEANINGS:
        variables[f"text-{meaning}"] = colours[meaning]
        variables[f"{meaning}-muted"] = colours[f"{meaning}-muted"]
        variables[f"markdown-h{_MEANINGS.index(meaning) + 1}-color"] = colours["primary"]
    return Theme(
        name=name,
        dark=name == "contrast-dark",
        background=ground,
        surface=colours["surface"],
        panel=colours["panel"],
        boost=colours["panel"],
        foreground=text,
        primary=colours["primary"],
        secondary=colours["secondary"],
        accent=colours["accent"],
        warning=colours["warning"],
        error=colours["error"],
        success=colours["success"],
        text_alpha=1.0,
        variables=variables,
    )


CONTRAST_THEMES: Final = tuple(contrast_theme(name) for name in PALETTES)
