"""The table of guarded acts in docs/understanding.md names every place in the code that takes something away."""

import ast
import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
DOCUMENT = REPO / "docs" / "understanding.md"
ROW = re.compile(r"^\| `(\w+\.\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def listed() -> dict[str, set[str]]:
    """The acts of the table, each with the files in which it is done."""
    section = DOCUMENT.read_text(encoding="utf-8").partition("### Guarded acts")[2].partition("\n\nAn answer")[0]
    found: dict[str, set[str]] = {}
    for act, files, why in ROW.findall(section):
        assert why.strip(), f"{act}: nothing says why it is sure"
        found.setdefault(act, set()).update(re.findall(r"`([^`]+)`", files))
    return found


def done(acts: set[str]) -> dict[str, set[str]]:
    """Where the packages above `scheduling` call one of these functions."""
    found: dict[str, set[str]] = {}
    for path in sorted(each for name in ("handlers", "webhooks") for each in (REPO / name).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                act = f"{ast.unparse(node.func.value)}.{node.func.attr}"
                if act in acts:
                    found.setdefault(act, set()).add(str(path.relative_to(REPO)))
    return found


def taking_functions() -> set[str]:
    """The functions of `scheduling` that end a visit, or take a phone or the texts away."""
    ending = ast.parse((REPO / "scheduling" / "visits" / "ending.py").read_text(encoding="utf-8"))
    by_person = {
        f"ending.{node.name}"
        for node in ending.body
        if isinstance(node, ast.FunctionDef)
        and any(each.arg == "actor" for each in node.args.kwonlyargs)
        and any(isinstance(each, ast.Call) and ast.unparse(each.func) == "transition.apply" for each in ast.walk(node))
    }
    # Joining takes nothing away, "took place" is staff's word on a call that is over, and no text cancels for the facility.
    return by_person - {"ending.join", "ending.decide_doubt", "ending.facility_cancel"} | {
        "chat_opt_outs.opt_out", "person_addresses.disown_address", "people.suspend", "pending_decision.schedule_decision",
    }  # fmt: skip


def test_the_table_lists_every_act_that_takes_something_away() -> None:
    assert set(listed()) == taking_functions()


def test_the_table_names_every_place_where_they_are_done() -> None:
    assert done(taking_functions()) == listed()
