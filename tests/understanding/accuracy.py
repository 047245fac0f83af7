"""Accuracy and speed of understanding. `make accuracy` runs it; `make accuracy RIVALS=1` compares other programs.

Measures the project's own cases and, when `VISITLINE_SHARED`/nl (default ../shared/nl) is there, its public sentences
with its own scorer. Everything is printed; nothing is written.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from bot.understanding import Act, KnownPerson, TextContext, understand, warm_up  # noqa: E402
from tests.understanding.non_orders import taken_as_orders  # noqa: E402

SHARED = Path(os.environ.get("VISITLINE_SHARED", str(ROOT.parent / "shared"))) / "nl"
OURS = (sys.executable, "-m", "bot.understanding")
TIMES, SAID = "time_windows.dev.jsonl", "booking_utterances.dev.jsonl"
# Each measure: its sentences, the scorer's figure for it, the required and the target value.
MEASURES = (
    ("English windows, start and end", (TIMES, "--lang", "en"), "window_pct", 87.0, 93.0),
    ("English calendar requests by the crowd", (TIMES, "--lang", "en", "--origin", "smcalflow"), "window_pct", 93.0, 97.0),
    ("Spanish windows", (TIMES, "--lang", "es"), "window_pct", 80.0, 88.0),
    ("utterances: date and time", (SAID,), "window_pct", 95.0, 97.0),
    ("quiet when nothing was said", (SAID,), "none_pct", 99.0, 99.7),
    ("intent", (SAID,), "intent_pct", 91.0, 95.0),
    ("lines/s by the scorer's clock", (TIMES,), "lines_per_s", 3000.0, 10000.0),
)  # fmt: skip
HOSTILE = {
    "weekdays": "sat 2 ",
    "digits": "2 ",
    "clocks": "12:30 ",
    "dates": "1/2/26 ",
    "wishes": "monday at 3 or ",
    "ranges": "from 3 to 4 ",
    "small words": "the ",
    "intents": "i cant do this 5 at ",
    "questions": "what ",
    "misspelt": "saturdya mondy tuesdy ",
    "references": "v 7 k ",
    "Spanish": "viernes a las 3 ",
    "no spaces": "x",
    "marks": ".,:;",
    "emoji": "😀",
    "unknown": "asdf ghjk qwer ",
}


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def runner() -> Any:
    """The test module that reads cases; it is loaded by its path, because tests are not a package."""
    spec = spec_from_file_location("cases", Path(__file__).with_name("test_understanding_cases.py"))
    if spec is None or spec.loader is None:
        raise ImportError("test_understanding_cases.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def own_cases() -> None:
    """The project's own cases, per file and per intent, with the last stage (dateparser) and without it."""
    own = runner()
    counts: dict[str, Counter[str]] = {"file": Counter(), "intent": Counter()}
    for param in own.load():
        case, wanted = param.values[0], own.said(param.values[0])
        full, bare = (own.shown(own.read(case, fallback=last)) for last in (True, False))
        kinds = {"file": str(param.id).split(":")[0], "intent": case.get("intent") or Act(case["act"]).intent}
        for by, name in kinds.items():
            counts[by].update([name])
            counts[by][f"{name} right"] += {k: full[k] for k in wanted} == wanted
            counts[by][f"{name} bare"] += {k: bare[k] for k in wanted} == wanted
    for by, found in counts.items():
        say(f"\n{'own cases by ' + by:28} {'cases':>6} {'right':>6} {'without dateparser':>20}")
        names = sorted(name for name in found if " " not in name)
        for name in names:
            say(f"{name:28} {found[name]:6} {found[name + ' right']:6} {found[name + ' bare']:20}")
        total = [sum(found[name + end] for name in names) for end in ("", " right", " bare")]
        say(f"{'all':28} {total[0]:6} {total[1]:6} {total[2]:20}")


def scored(arguments: tuple[str, ...], program: tuple[str, ...]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The scorer's result for a program: its figures, and its verdict on every line."""
    with tempfile.TemporaryDirectory() as folder:
        verdicts = Path(folder, "verdicts.jsonl")
        scorer = [sys.executable, str(SHARED / "evaluate.py"), str(SHARED / arguments[0]), *arguments[1:]]
        scorer += ["--json", "--diff", str(verdicts), "--", *program]
        said = subprocess.run(scorer, cwd=ROOT, check=True, capture_output=True, text=True)
        lines = verdicts.read_text(encoding="utf-8").splitlines()
    return json.loads(said.stdout), [json.loads(line) for line in lines]


def public_cases() -> list[str]:
    """The figures on the public development sets, then each kind and intent. Returns what is below the required value.

    Speed is shown but not judged: it depends on the load of the machine.
    """
    below = []
    say(f"\n{'public development sets':46} {'must':>7} {'aim':>7} {'reached':>8} {'without dateparser':>19}")
    for title, arguments, figure, must, aim in MEASURES:
        full, bare = (scored(arguments, program)[0] for program in (OURS, (*OURS, "--no-dateparser")))
        say(f"{title:46} {must:7g} {aim:7g} {full[figure]:8g} {bare[figure]:19g}")
        below += [title] if full[figure] < must and figure != "lines_per_s" else []
    for arguments, by, right in (((TIMES,), "kind", "ok"), ((SAID,), "intent_expect", "ok_intent")):
        cases, good = Counter[str](), Counter[str]()
        wrong = []
        for verdict in scored(arguments, OURS)[1]:
            if by in verdict:
                name = verdict[by] if isinstance(verdict[by], str) else " or ".join(verdict[by])
                cases[name] += 1
                good[name] += verdict[right]
                wrong += [] if verdict[right] else [f"    {name}: {verdict['text']!r} at {verdict['now']}"]
        say(f"\n{'by ' + by.split('_')[0]:46} {'cases':>7} {'right':>7}")
        for name, n in cases.most_common():
            say(f"{name:46} {n:7} {100 * good[name] / n:7.1f}")
        say("\n".join(wrong))
    return below


def speed() -> None:
    """Readings per second of processor time, and the slowest of several hostile texts of 1,600 characters."""
    warm_up()
    own = runner()
    cases = [param.values[0] for param in own.load()]
    begun = time.process_time()
    for case in cases:
        own.read(case)
    say(f"\nown cases: {len(cases) / (time.process_time() - begun):.0f} a second of processor time, one process")
    now, people = datetime.fromisoformat("2026-11-23T10:00"), (KnownPerson("Marcus Johnson", "48213", "mother"),)
    say("worst case, 1,600 characters (ms of processor time, best of 3; must 20, aim 5):")
    for kind, piece in HOSTILE.items():
        text, fastest = (piece * 1600)[:1600], 1.0
        for _ in range(3):
            begun = time.process_time()
            understand(text, now=now, context=TextContext(people=people))
            fastest = min(fastest, time.process_time() - begun)
        say(f"    {kind:14} {1000 * fastest:5.1f}")


def rivals(python: str) -> None:
    """Other programs on the same sentences, each in the environment of the given Python."""
    say(f"\n{'side by side':18} {'EN':>6} {'EN crowd':>9} {'ES':>6} {'utterances':>11} {'quiet':>6} {'lines/s':>8}")
    for name in ("visitline", "dateparser", "recognizers", "ctparse", "parsedatetime"):
        program = OURS if name == "visitline" else (python, str(ROOT / "tools/rivals.py"), name)
        if name != "visitline" and subprocess.run([*program, "--there"], check=False, capture_output=True).returncode:
            say(f"{name:18} not installed")
            continue
        found = [scored(arguments, program)[0] for _title, arguments, *_rest in MEASURES[:4]]
        shares = [f["window_pct"] for f in found]
        say(
            f"{name:18} {shares[0]:6g} {shares[1]:9g} {shares[2]:6g} {shares[3]:11g} {found[3]['none_pct']:6g}"
            f" {found[0]['lines_per_s']:8g}"
        )


def destructive() -> int:
    """How many texts that order nothing would cancel a visit, stop the texts or approve a request. Must be none."""
    wrong, read = taken_as_orders()
    say(f"\ndestructive errors: {len(wrong)} of {read:,} texts that order nothing (must 0)")
    for text in wrong[:10]:
        say(f"    {text!r}")
    return len(wrong)


if __name__ == "__main__":
    own_cases()
    if destructive():
        sys.exit("a text that orders nothing is taken for an order")
    speed()
    if (SHARED / "evaluate.py").is_file():
        missed = public_cases()
        if len(sys.argv) > 1:
            rivals(sys.argv[1])
        if missed:
            sys.exit(f"below what must be reached: {', '.join(missed)}")
    else:
        say("\nno public sentences: VISITLINE_SHARED/nl is not there")
