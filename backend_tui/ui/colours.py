"""The two contrast palettes as plain values, known before any library is imported.

Every text colour stands at 7:1 or more against background, surface and panel (WCAG AAA), and the
pairs that carry meaning differ in lightness or in blue, which every kind of colour vision keeps.
"""

from __future__ import annotations

from typing import Final

DARK: Final[dict[str, str]] = {
    "background": "#0d1117",
    "surface": "#131a23",
    "panel": "#1b2430",
    "border": "#3d4b5c",
    "foreground": "#f0f4f8",
    "muted": "#b4c0cc",
    "primary": "#7cc4ff",
    "secondary": "#9fd8cb",
    "accent": "#ffd166",
    "warning": "#ffc857",
    "error": "#ffa08a",
    "success": "#7fe3c4",
    "selection": "#1f4468",
    "primary-muted": "#16304a",
    "secondary-muted": "#15332f",
    "accent-muted": "#352c14",
    "warning-muted": "#352c14",
    "error-muted": "#3d1e18",
    "success-muted": "#12352c",
}

LIGHT: Final[dict[str, str]] = {
    "background": "#ffffff",
    "surface": "#f5f7fa",
    "panel": "#e6ebf1",
    "border": "#9aa7b5",
    "foreground": "#0b1220",
    "muted": "#3a4655",
    "primary": "#003f8a",
    "secondary": "#00504a",
    "accent": "#6a3d00",
    "warning": "#6a3d00",
    "error": "#8c1300",
    "success": "#004f3a",
    "selection": "#c6dcf7",
    "primary-muted": "#dce9fa",
    "secondary-muted": "#daf0ec",
    "accent-muted": "#faecd2",
    "warning-muted": "#faecd2",
    "error-muted": "#fbe4de",
    "success-muted": "#d9f2e8",
}

PALETTES: Final = {"contrast-dark": DARK, "contrast-light": LIGHT}
