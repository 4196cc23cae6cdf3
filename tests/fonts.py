"""`make fonts`: the fonts of the admin, cut down to what its pages show, of those that unfold ships.

Inter (SIL Open Font License 1.1) keeps its Latin letters, Material Symbols (Apache License 2.0) the icons that are used or at
hand. Their licences lie beside them. fontTools, which does it, is needed for nothing else: `make fonts` brings it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from tests import icons

# Latin with what German, French, Polish, Turkish and so on need, and the marks that AlertHub writes. The rest comes from
# the machine.
_LETTERS = (
    "U+0020-007E,U+00A0-017F,U+0192,U+0218-021B,U+02C6-02DD,U+1E9E,U+2002-200B,U+2010-2027,U+2030-203A,U+2044,"
    "U+20AC,U+2116,U+2122,U+2190-2199,U+2212,U+2248,U+2260-2265,U+25A0-25CF,U+2713,U+2717,U+FFFD"
)
_NAMES = "U+0030-0039,U+005F,U+0061-007A"
_WEIGHTS = ("Regular", "Medium", "SemiBold")
THEIRS = icons.UNFOLD / "static" / "unfold" / "fonts"


def main() -> None:
    icons.FONTS.mkdir(parents=True, exist_ok=True)
    for weight in _WEIGHTS:
        font = TTFont(THEIRS / "inter" / f"Inter-{weight}.woff2")
        options = _options("kern", "calt", "ccmp", "locl", "mark", "tnum", "case", "zero")
        _cut(font, options, icons.FONTS / f"Inter-{weight}.woff2", letters=_LETTERS)
    symbols = TTFont(THEIRS / "material-symbols" / "Material-Symbols-Outlined.woff2")
    named = _ligatures(symbols)
    wanted = {*icons.used(), *icons.AT_HAND}
    if unknown := sorted(wanted - named.keys()):
        raise SystemExit(f"No icons of Material Symbols: {' '.join(unknown)}")
    options = _options("liga", "rlig", "clig", "ccmp")
    # An icon is a ligature of the letters of its name: with its closure the letters would bring every icon back.
    options.layout_closure = False
    kept = {named[name] for name in wanted}
    _cut(symbols, options, icons.FONTS / "Icons.woff2", letters=_NAMES, glyphs=kept)
    # Several names may stand for one icon.
    icons.LIST.write_text("\n".join(sorted(name for name, glyph in named.items() if glyph in kept)) + "\n")
    for name in ("inter", "material-symbols"):
        shutil.copy(THEIRS / name / "LICENSE", icons.FONTS / f"LICENSE-{name}")
    for path in sorted(icons.FONTS.glob("*.woff2")):
        print(f"{path.stat().st_size:8} {path.name}")


def _options(*features: str) -> subset.Options:
    options = subset.Options()
    options.flavor, options.hinting, options.layout_features = "woff2", False, list(features)
    options.drop_tables += ["FFTM"]
    return options


def _cut(font: TTFont, options: subset.Options, to: Path, letters: str, glyphs: set[str] | None = None) -> None:
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(letters), glyphs=sorted(glyphs or ()))
    cutter.subset(font)
    subset.save_font(font, str(to), options)


def _ligatures(font: TTFont) -> dict[str, str]:
    """The glyph of each icon, by the name that is written for it."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items()}
    found = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            table = getattr(table, "ExtSubTable", table)
            for first, ligatures in getattr(table, "ligatures", {}).items():
                for one in ligatures:
                    parts = [first, *one.Component]
                    found["".join(letters.get(part, "?") for part in parts)] = one.LigGlyph
    return found


if __name__ == "__main__":
    main()
