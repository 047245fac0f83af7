"""The wheel and the sdist, installed into a separate environment and started from an empty folder."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import visitline
from handlers.settings import Settings
from tests.emulators.processes import Child, free_port

pytestmark = pytest.mark.slow
REPO = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "handlers", "scheduling", "webhooks")
BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
MAIN = "import sys; from visitline import main; sys.exit(main())"
"""What the installed `visitline` command runs; a test checks that the wheel declares the same."""


def tracked() -> list[str]:
    """Every file that git tracks or would add."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=REPO, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.splitlines() if (REPO / name).is_file()]


def build(kind: str, source: Path, out: Path) -> Path:
    """Build a wheel or an sdist from this folder, offline: setuptools is installed in this environment."""
    out.mkdir()
    subprocess.run(
        [sys.executable, "-c", BUILD, f"build_{kind}", str(out)], cwd=source, check=True, capture_output=True
    )
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    for name in tracked():
        (folder / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPO / name, folder / "clone" / name)
    return build("sdist", folder / "clone", folder / "sdist")


@pytest.fixture(scope="module")
def wheel(sdist: Path) -> Path:
    """The wheel, built from the sdist, so that both are tested."""
    folder = sdist.parents[1]
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (source,) = (folder / "unpacked").iterdir()
    return build("wheel", source, folder / "wheel")


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and the installed libraries, and without the checkout."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # Only the folder is added: its .pth files, such as the checkout's, are not read.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin" / "python"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment without settings except DATA_DIR."""
    return dict.fromkeys((name.upper() for name in Settings.model_fields), "") | {"DATA_DIR": str(tmp_path / "data")}


def run(python: Path, folder: Path, env: dict[str, str], *words: str) -> str:
    """What the installed command prints when started in an empty folder."""
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    command = [str(python), "-c", MAIN, *words]
    ran = subprocess.run(
        command, cwd=empty, env={**os.environ, **env}, capture_output=True, text=True, timeout=240, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        entry = archive.read(f"visitline-{visitline.__version__}.dist-info/entry_points.txt").decode()
    wanted = {name for name in tracked() if name.split("/")[0] in PACKAGES} | {"visitline.py"}
    assert wanted - held == set()
    assert {name.split("/")[0] for name in held} == {
        *PACKAGES,
        "visitline.py",
        f"visitline-{visitline.__version__}.dist-info",
    }
    assert entry.split() == ["[console_scripts]", "visitline", "=", "visitline:main"]


def test_it_runs_without_the_checkout(python: Path, tmp_path: Path, env: dict[str, str]) -> None:
    assert run(python, tmp_path, env, "--version") == f"visitline {visitline.__version__}\n"
    sample = run(python, tmp_path, env, "sample")
    assert sample == (REPO / "scheduling" / "sample.toml").read_text(encoding="utf-8")
    (tmp_path / "willow.toml").write_text(sample, encoding="utf-8")
    assert run(python, tmp_path, env, "load", str(tmp_path / "willow.toml")).startswith("Willow Creek Jail: ")
    where = [str(python), "-c", "import visitline, webhooks; print(visitline.__file__, webhooks.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.split()
    assert all(Path(each).is_relative_to(python.parents[1]) for each in found)


@pytest.fixture
def running(python: Path, tmp_path: Path, env: dict[str, str]) -> Iterator[int]:
    """The port of `visitline run`, started in an empty folder."""
    port = free_port()
    (tmp_path / "here").mkdir()
    child = Child([str(python), "-c", MAIN, "run"], port=port, env=env | {"PORT": str(port)}, cwd=tmp_path / "here")
    yield port
    child.stop()
    assert list((tmp_path / "here").iterdir()) == []


def test_run_answers_with_its_pages_and_the_image_finds_it_healthy(running: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{running}", follow_redirects=True) as web:
        assert web.get("/healthz").json() == {"ok": True}
        page = web.get("/")
        assert "Visitline" in page.text
        for address in re.findall(r'(?:src|href)="([^"#]+\.(?:js|css)[^"]*)"', page.text):
            assert web.get(str(page.url.join(address))).status_code == 200
    dockerfile = (REPO / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    (check,) = re.findall(r"^HEALTHCHECK .*CMD \[(.*)\]$", dockerfile, re.MULTILINE)
    words = [each.rstrip(",") for each in shlex.split(check)]
    assert words[0] == "python"
    for port, answer in ((running, 0), (free_port(), 1)):
        ran = subprocess.run(
            [sys.executable, *words[1:]], env={**os.environ, "PORT": str(port)}, capture_output=True, check=False
        )
        assert ran.returncode == answer
