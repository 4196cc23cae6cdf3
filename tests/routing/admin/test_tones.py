"""The tones of badges and charts can be read in both themes, and told apart by who sees no red, no green or no blue."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

pytestmark = pytest.mark.anywhere
Colour = tuple[float, float, float]
"""Red, green and blue, linear, 0 to 1."""

STYLE = Path(__file__).resolve().parents[3] / "routing" / "static" / "routing" / "marks.css"
TONES = ("red", "orange", "green", "blue")
PAGES = {"light": "#ffffff", "dark": "#101828"}
# Machado, Oliveira and Fernandes, 2009: what is left of a colour for who lacks one kind of cones.
SIGHTS = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
READABLE, VISIBLE = 4.5, 3.0
# In OKLab, where 0.02 is just seen side by side.
APART = 0.12


def tones(theme: str) -> dict[str, str]:
    """The variables of the theme, such as fill-red, as hexadecimal colours."""
    text = STYLE.read_text()
    _, _, after = text.partition(f"/* Tones, {theme}. */")
    return dict(re.findall(r"--ah-([a-z-]+): (#[0-9a-f]{6});", after.partition("}")[0]))


def read(written: str) -> Colour:
    parts = [int(written[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def seen(colour: Colour, sight: str) -> Colour:
    red, green, blue = (
        min(1.0, max(0.0, sum(share * part for share, part in zip(row, colour, strict=True)))) for row in SIGHTS[sight]
    )
    return red, green, blue


def luminance(colour: Colour) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(luminance(read(written)) for written in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def oklab(colour: Colour) -> Colour:
    red, green, blue = colour
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def distance(one: str, other: str, sight: str) -> float:
    here, there = (oklab(seen(read(written), sight)) for written in (one, other))
    return sum((a - b) ** 2 for a, b in zip(here, there, strict=True)) ** 0.5


@pytest.mark.parametrize("theme", PAGES)
@pytest.mark.parametrize("tone", [*TONES, "solid"])
def test_a_badge_can_be_read(theme: str, tone: str) -> None:
    said = tones(theme)
    assert contrast(said[f"ink-{tone}"], said[f"tint-{tone}"]) >= READABLE


@pytest.mark.parametrize("theme", PAGES)
@pytest.mark.parametrize("tone", ["orange", "red", "green", "blue"])
def test_a_bar_stands_out_from_the_page(theme: str, tone: str) -> None:
    assert contrast(tones(theme)[f"fill-{tone}"], PAGES[theme]) >= (VISIBLE if tone != "orange" else 1.5)


@pytest.mark.parametrize("theme", PAGES)
@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize(("one", "other"), list(combinations(TONES, 2)))
def test_two_bars_are_told_apart(theme: str, sight: str, one: str, other: str) -> None:
    said = tones(theme)
    assert distance(said[f"fill-{one}"], said[f"fill-{other}"], sight) >= APART


@pytest.mark.parametrize("theme", PAGES)
@pytest.mark.parametrize("sight", SIGHTS)
def test_a_critical_and_a_warning_badge_are_told_apart(theme: str, sight: str) -> None:
    said = tones(theme)
    assert distance(said["tint-solid"], said["tint-orange"], sight) >= APART
