"""Print every module with the first line of its docstring, package by package."""

import ast
from pathlib import Path

PACKAGES = ("bot", "handlers", "scheduling", "webhooks")


def main() -> None:
    """Print a package's own line, then its modules below it."""
    for package in sorted(path.parent for name in PACKAGES for path in Path(name).rglob("__init__.py")):
        print(f"\n{package}/  {first_line(package / '__init__.py')}")
        for module in sorted(package.glob("[!_]*.py")):
            print(f"    {module.name:28} {first_line(module)}")


def first_line(module: Path) -> str:
    """What a module says it is for."""
    return (ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or "").partition("\n")[0]


if __name__ == "__main__":
    main()
