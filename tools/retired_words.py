"""Find words that this project has retired (tools/retired_words.toml) in names, comments, docstrings and documents.

`python tools/retired_words.py` prints one line for each, with the word to use, and exits with 1 when there is one.
String literals are not read: they are what people and the database see.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "tools" / "retired_words.toml"
TEXT = {".md", ".html", ".js", ".css", ".yaml", ".yml"}
NOT_READ = ("tools/retired_words.*", "CHANGELOG.md", "package-lock.json", "tests/understanding/cases/*")
PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True)
class Word:
    """One retired word. `constant`: the whole name of a constant, not a part of a name."""

    pattern: re.Pattern[str]
    use: str
    where: str
    allowed: tuple[str, ...]
    constant: bool


@dataclass(frozen=True)
class Piece:
    """A name, or some prose, of a file, with the line it begins on."""

    line: int
    kind: str
    text: str


def main(arguments: list[str]) -> int:
    """Check the named files, or all that git tracks or would add; 1 when a retired word is found."""
    found = [line for path in arguments or tracked() for line in check(path, words())]
    for line in found:
        print(line)
    return 1 if found else 0


def words() -> list[Word]:
    """The table."""
    return [
        Word(
            pattern=re.compile(rf"(?<![^\W_])(?:{each['pattern']})(?![^\W_])", 0 if each.get("constant") else re.IGNORECASE),
            use=each["use"], where=each["where"], allowed=tuple(each.get("allowed", ())),
            constant=bool(each.get("constant")),
        )
        for each in tomllib.loads(TABLE.read_text(encoding="utf-8"))["word"]
    ]  # fmt: skip


def tracked() -> list[str]:
    """Every Python file, document, page and script."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [name for name in listed if Path(name).suffix in {".py", *TEXT} and (ROOT / name).is_file()]


def check(name: str, table: list[Word]) -> Iterator[str]:
    """One line for each retired word of a file."""
    if any(fnmatch(name, pattern) for pattern in NOT_READ):
        return
    here = [word for word in table if not any(fnmatch(name, pattern) for pattern in word.allowed)]
    text = (ROOT / name).read_text(encoding="utf-8")
    for piece in python_pieces(text) if name.endswith(".py") else text_pieces(text):
        for word in here:
            if word.where in (piece.kind, "both") and (match := matches(word, piece)):
                yield f"{name}:{piece.line}: {match!r} is retired: {word.use}"


def matches(word: Word, piece: Piece) -> str | None:
    """The retired word in a piece. A name is read by its parts: `far_end` and `FarEnd` alike."""
    if word.constant:
        return piece.text if word.pattern.fullmatch(piece.text) else None
    text = piece.text if piece.kind == "prose" else " ".join(PARTS.findall(piece.text))
    found = word.pattern.search(text)
    return found[0] if found else None


def text_pieces(text: str) -> Iterator[Piece]:
    """The lines of a document."""
    for number, line in enumerate(text.splitlines(), 1):
        yield Piece(number, "prose", line)


def python_pieces(text: str) -> Iterator[Piece]:
    """The names that a module defines, its comments, and its docstrings (of attributes, too)."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield Piece(node.lineno, "name", node.name)
        elif isinstance(node, ast.arg):
            yield Piece(node.lineno, "name", node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield Piece(node.lineno, "name", node.id)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for offset, line in enumerate(node.value.value.splitlines()):
                yield Piece(node.lineno + offset, "prose", line)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield Piece(token.start[0], "prose", token.string)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
