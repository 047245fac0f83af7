"""Reports what a run did not test: one line for each reason, with the command that makes it possible."""

from collections.abc import Iterable


def not_tested(skipped: Iterable[tuple[str, str]]) -> list[str]:
    """The closing lines of a run for its skipped tests: (node id, reason), where a reason is `why: command`."""
    where: dict[str, list[str]] = {}
    for node, reason in skipped:
        where.setdefault(reason.removeprefix("Skipped: "), []).append(node.partition("::")[0])
    lines = []
    for reason, files in sorted(where.items()):
        why, _, command = reason.partition(": ")
        count = f"{len(files)} test{'s' * (len(files) > 1)} in {', '.join(sorted(set(files)))}"
        lines.append(f"Not tested: {count}. {why}." + (f" To test it: {command}" if command else ""))
    return lines
