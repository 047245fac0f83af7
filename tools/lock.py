"""Write the lock files: what this environment has of what pyproject.toml asks for, to the version.

Versions only. Where to get them is each machine's own business.
"""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

REPO = Path(__file__).resolve().parents[1]
HEAD = "# What CI installs, to the version. Made by `make lock` from pyproject.toml; do not edit.\n"


def _closure(asked: list[str]) -> dict[str, str]:
    """Name -> version of everything asked for and everything that needs, on this Python."""
    found: dict[str, str] = {}
    waiting, done = [Requirement(each) for each in asked], set()
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        part = distribution(name)
        found[name] = part.version
        for extra in {*wanted.extras, ""}:
            if (name, extra) not in done:
                done.add((name, extra))
                needs = map(Requirement, part.requires or [])
                waiting += [each for each in needs if each.marker is None or each.marker.evaluate({"extra": extra})]
    return found


def main() -> None:
    """Write requirements.lock (to run) and requirements-dev.lock (to test; it includes the first)."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    run, dev = _closure(project["dependencies"]), _closure(project["optional-dependencies"]["dev"])
    lines = {name: f"{name}=={version}\n" for name, version in sorted({**dev, **run}.items())}
    (REPO / "requirements.lock").write_text(HEAD + "".join(line for name, line in lines.items() if name in run))
    rest = "".join(line for name, line in lines.items() if name not in run)
    (REPO / "requirements-dev.lock").write_text(f"{HEAD}-r requirements.lock\n{rest}")


if __name__ == "__main__":
    main()
