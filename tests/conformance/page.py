"""docs/PROTOCOL.md as a stranger reads it: its tables by the words in their first line."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = TOP / "proto" / "schema" / "client.proto"
TEXT = (TOP / "docs" / "PROTOCOL.md").read_text(encoding="utf-8").partition("# Between our processes")[0]


def tables(*words):
    """The rows of every table with this first line, each as a tuple of its cells."""
    rows, inside = [], False
    for line in TEXT.splitlines():
        cells = tuple(cell.strip() for cell in line.strip("|").split("|")) if line.startswith("|") else ()
        if cells == words:
            inside = True
        elif not cells:
            inside = False
        elif inside and not set(cells[0]) <= set("- "):
            rows.append(cells)
    assert rows, f"the page has no table {words}"
    return rows


KINDS = tables("kind", "name", "from", "message", "bytes max", "lane")
"""Ding's own."""
ECHO = tables("kind", "name", "from", "message", "meaning")
"""Those of the bundled room."""
CLOSES = {name: int(code) for code, name, _ in tables("code", "name", "whose doing")}
EXAMPLES = {what: bytes.fromhex(code.strip("`")) for what, code in tables("what", "bytes")}
SIGNALS = re.findall(r"`(\w+)`", re.search(r"^(`.*`) are signals", TEXT, re.MULTILINE).group(1))
