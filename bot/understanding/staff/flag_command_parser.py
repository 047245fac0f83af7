"""Parser of commands about flags: "flags", "flag 3 done", "done 3"; "alertas", "alerta 3 lista"."""

import re
from collections.abc import Sequence

from bot.understanding.staff.command import StaffVerb
from bot.understanding.tokenizer import Token

_ALL_FLAGS = re.compile(r"(?:open |show |my |ver |las |mis )*(?:flags|alertas)(?: open| abiertas)?")
_NAME = r"(?:the |la |el )?(?:flags?|alertas?)(?: (?:number|numero|no|nr|#))? ?#? ?"
_DONE = r"(?:is |esta |ya )*(?:done|closed?|handled|ok|okay|lista|listo|hecha|hecho|cerrada|cerrar|atendida)"
_ALONE = r"(?:done|closed|hecha|hecho|listo)"  # "ok 417" answers a request
_ONE_FLAG = re.compile(
    rf"{_NAME}(?P<a>\d{{1,9}})(?P<done_a> {_DONE})?"
    rf"|{_DONE} {_NAME}(?P<b>\d{{1,9}})"
    rf"|{_ALONE} (?:# )?(?P<c>\d{{1,2}})|(?P<d>\d{{1,2}}) {_ALONE}"
)


def parse_flag_command(found: Sequence[Token]) -> tuple[StaffVerb, str | None] | None:
    """(FLAGS, None), (FLAG, number) to read one, (FLAG_DONE, number); None for any other text."""
    said = " ".join(token.word for token in found if token.word not in (";", ",", "."))
    if _ALL_FLAGS.fullmatch(said):
        return StaffVerb.FLAGS, None
    one = _ONE_FLAG.fullmatch(said)
    if one is None:
        return None
    number = one["a"] or one["b"] or one["c"] or one["d"]
    return StaffVerb.FLAG if one["a"] and not one["done_a"] else StaffVerb.FLAG_DONE, number
