"""Write requirements.lock and requirements-dev.lock from pyproject.toml: `make lock`, or `tools/lock.py --upgrade`.

Each line has a version and the hashes of its files, so an installer refuses a file that was changed after this was written.
The locks hold for every Python and system that pyproject.toml supports. They name no package index: which one to use is
each machine's own setting. Versions already in a lock are kept unless `--upgrade` is given.
"""

import shutil
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
LOCKS = {"requirements.lock": (), "requirements-dev.lock": ("--group", "dev", "--constraint", "requirements.lock")}
"""Lock file -> what it asks for beyond what the application needs at run time. The order matters."""
COMPILE = (
    *("uv", "pip", "compile", "pyproject.toml", "--quiet", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
    *("--custom-compile-command", "make lock"),
)


def main(arguments: list[str]) -> int:
    """Write both files. Returns 1 when uv is missing or cannot resolve."""
    if shutil.which("uv") is None:
        print("make lock needs uv: install it (pipx install uv), then run this again.", file=sys.stderr)
        return 1
    for name, options in LOCKS.items():
        ran = subprocess.run([*COMPILE, *options, *arguments, "--output-file", name], cwd=REPO, check=False)
        if ran.returncode != 0:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
