"""Static files: their addresses contain a version, and a page knows what its module imports."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.webhooks.app_server import AppServer
from webhooks.http.static_files import modules, version_of

ADDRESS = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "page.css": "body {}",
        "pages/one.js": 'import { a } from "../call/a.js";\nimport {\n  b,\n  c,\n} from "./b.js";\nimport("./late.js");\n',
        "pages/b.js": 'export { a } from "../call/a.js";\nexport const b = "./text.js";\n',
        "call/a.js": 'import "../call/c.js";\n',
        "call/c.js": "",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_every_address_of_a_page_has_the_version_and_may_be_kept_for_a_year(
    app_server: AppServer, web: FlaskClient
) -> None:
    found = ADDRESS.findall(web.get(app_server.link(app_server.paid(), "join")).text)
    assert len({address.split("/")[2] for address in found}) == 1
    assert len(found) > 3
    for address in found:
        with web.get(address) as answer:
            assert answer.status_code == 200, address
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            if address.endswith(".js"):
                assert answer.mimetype == "text/javascript"


def test_a_version_of_another_process_is_answered_but_not_kept(web: FlaskClient) -> None:
    with web.get("/static/an-older-one/visitline.css") as answer:
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize("path", ["nothing.js", "../app.py", "..%2fapp.py", "%2e%2e/app.py", ""])
def test_what_is_no_static_file_is_not_found_and_not_kept(web: FlaskClient, path: str) -> None:
    answer = web.get(f"/static/1/{path}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


def test_the_version_depends_on_names_and_contents_alone(folder: Path) -> None:
    before = version_of(folder)
    (folder / "page.css").touch()
    assert version_of(folder) == before
    (folder / "page.css").write_text("body { }", encoding="utf-8")
    changed = version_of(folder)
    (folder / "page.css").rename(folder / "pages" / "page.css")
    assert len({before, changed, version_of(folder)}) == 3


def test_the_modules_of_a_page_are_all_that_it_imports_and_nothing_that_it_loads_later(folder: Path) -> None:
    assert modules(folder, "pages/one.js") == ["call/a.js", "pages/b.js", "call/c.js"]
    assert modules(folder, "call/c.js") == []
