"""Write the state diagram into docs/lifecycle.md: the block between its mermaid fences is the table, drawn."""

import re
from pathlib import Path

from scheduling.policy.lifecycle import diagram

PAGE = Path(__file__).resolve().parents[1] / "docs" / "lifecycle.md"
BLOCK = re.compile(r"(?<=```mermaid\n).*?(?=```)", re.DOTALL)


def main() -> None:
    """Replace the block; everything around it stays."""
    page = PAGE.read_text() if PAGE.exists() else "# The life of a visit\n\n```mermaid\n```\n"
    PAGE.write_text(BLOCK.sub(lambda _: diagram(), page, count=1))


if __name__ == "__main__":
    main()
