"""Print the figures about the code that docs/architecture.md compares: files, imports, `Any`, strings, names, lengths.

Run it from the root of a checkout: `python tools/measure.py`. It reads the files as text and imports none of them.
"""

import ast
import collections
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("bot", "handlers", "scheduling", "webhooks")
VOCABULARY = {"act", "action", "intent", "kind", "letter", "purpose", "role", "side", "state", "status", "step", "verb"}
"""Names of values that come from a closed list: comparing one with a string literal counts."""


def main() -> None:
    """Print one line for each figure."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in source_files()}
    lengths = [path.read_text(encoding="utf-8").count("\n") for path in trees]
    functions = [span for tree in trees.values() for span in function_lengths(tree)]
    arrows = import_arrows(trees)
    between = {(package_of(one), package_of(other)) for one, other in arrows} - {
        (name, name) for name in packages(trees)
    }
    print(f"modules: {len(trees)} in {len(packages(trees))} packages")
    print(f"largest package: {max(packages(trees).values())} modules side by side")
    print(f"imports between modules: {len(arrows)}; between packages: {len(between)}")
    print(f"lines with Any: {sum(count_any(path) for path in trees)}")
    print(f"comparisons of a vocabulary value with a string: {sum(len(compared_strings(t)) for t in trees.values())}")
    print(f"module names that stand more than once: {repeated(path.stem for path in trees if path.stem[0] != '_')}")
    print(
        f"class names that stand more than once: {repeated(name for tree in trees.values() for name in classes(tree))}"
    )
    print(f"file length: {summary(lengths)}; functions: {summary(functions)}")


def source_files() -> list[Path]:
    """All modules of the four packages, without database migrations."""
    return sorted(
        path
        for name in PACKAGES
        for path in Path(name).rglob("*.py")
        if "versions" not in path.parts and path.stat().st_size
    )


def packages(trees: dict[Path, ast.Module]) -> collections.Counter[str]:
    """How many modules each package holds directly."""
    return collections.Counter(str(path.parent) for path in trees if path.stem != "__init__")


def package_of(module: str) -> str:
    """The package of a dotted module name, as a path."""
    return module.rpartition(".")[0].replace(".", "/")


def import_arrows(trees: dict[Path, ast.Module]) -> set[tuple[str, str]]:
    """Every pair of our modules of which the first imports the second."""
    names = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in trees}
    found = set()
    for name, path in names.items():
        for node in ast.walk(trees[path]):
            if isinstance(node, ast.ImportFrom) and node.module:
                for each in node.names:
                    full = f"{node.module}.{each.name}"
                    target = full if full in names else node.module
                    if target in names and target != name:
                        found.add((name, target))
    return found


def count_any(path: Path) -> int:
    """Lines on which the type `Any` stands, imports left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(1 for line in lines if re.search(r"\bAny\b", line) and not line.startswith("from typing import"))


def compared_strings(tree: ast.Module) -> list[ast.Compare]:
    """Comparisons such as `command.verb == "ok"` or `act in ("cancel", "deny")`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            left = getattr(node.left, "attr", getattr(node.left, "id", None))
            if left in VOCABULARY and any(holds_string(side) for side in node.comparators):
                found.append(node)
    return found


def holds_string(node: ast.expr) -> bool:
    """Whether an expression is a string literal or a literal collection of them."""
    if isinstance(node, ast.Tuple | ast.Set | ast.List):
        return any(holds_string(each) for each in node.elts)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def classes(tree: ast.Module) -> Iterator[str]:
    """The names of the public classes of a module."""
    return (node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))


def function_lengths(tree: ast.Module) -> Iterator[int]:
    """How many lines each function has."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def repeated(names: Iterator[str]) -> str:
    """How many names occur more than once, and which."""
    twice = sorted(name for name, count in collections.Counter(names).items() if count > 1)
    return f"{len(twice)} ({', '.join(twice)})" if twice else "0"


def summary(values: list[int]) -> str:
    """Median, nine-in-ten and largest of some lengths."""
    nine_in_ten = statistics.quantiles(values, n=10)[-1]
    return f"median {statistics.median(values):.0f}, nine in ten up to {nine_in_ten:.0f}, longest {max(values)}"


if __name__ == "__main__":
    main()
