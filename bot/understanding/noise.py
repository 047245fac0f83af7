"""Noise filter: texts that nobody typed. Reactions that quote us, automatic replies, our own texts sent back."""

import re

_REACTION = re.compile(
    r"^\W*(?:(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned"
    r"|reacted\b.{0,30}?\bto(?: (?:your|my|the|this) (?:message|text))?"
    r"|removed (?:a|an) \w+ from"
    r"|me gust[aó]|me encant[aó]|le gust[oó]|le encant[oó]|no le gust[oó]|se ri[oó] de|le dio risa|enfatiz[oó]|pregunt[oó]"
    r"|reaccion[oó]\b.{0,30}?\b(?:a|con)|a [^\"“]{1,40} le (?:gust|encant|dio risa)\w*"
    r"|quit[oó] (?:un|una) .{0,20}? (?:de|a)|dijo que le gust[oó]|to|a)\s*)"
    r"\s*[\"“”«'‘][^\n]{3,}",
    re.IGNORECASE | re.DOTALL,
)
_AUTOMATIC = re.compile(
    r"\b(?:i'?m|i’m|i am) (?:currently )?(?:driving|in a meeting)\b|\bauto(?:matic)?[- ]?(?:reply|response)\b"
    r"|\bdo not disturb\b|\bout of (?:the )?office\b|can'?t (?:talk|text|answer|take your call) right now"
    r"|\bi'?ll (?:reply|respond|call you back|get back to you|text you back) (?:later|when|as soon)"
    r"|\bthank(?:s| you) for (?:your|the|contacting|reaching)\b.{0,40}\b(?:message|text|email|vacation|away|out)\b"
    r"|\bon vacation until\b|\bno puedo (?:hablar|contestar|responder|atender)(?:te|le)? (?:ahora|en este momento)\b"
    r"|\bdoes not (?:accept|receive) text|\bnot receiving notifications\b"
    r"|\bestoy (?:manejando|conduciendo|en una reuni[oó]n)\b|\brespuesta autom[aá]tica\b"
    r"|\bmensaje autom[aá]tico\b|\bno molestar\b"
    r"|\bfuera de la oficina\b|\b(?:le|te) (?:respondo|contesto|llamo) (?:luego|m[aá]s tarde|despu[eé]s)",
    re.IGNORECASE,
)
# A substring of every automatic reply, and of every text of ours: a fast test before the slow patterns.
_AUTOMATIC_HINTS = (
    "driving", "in a meeting", "auto", "disturb", "office", "right now", "reply", "call you", "back to you", "text you",
    "notif", "vacation", "thank", "accept", "receive", "hablar", "contestar", "responder", "atender",
    "manejando", "conduciendo", "en una reuni", "molestar", "oficina", "respondo", "contesto", "llamo",
)  # fmt: skip
_OUR_HINTS = ("Reply ", "Responda", "times:", "libres:", "Ref ")
_OURS = re.compile(
    r"Reply \d, \d|Reply 1 to |Reply with a number|Responda (?:1|con un n)"
    r"|Open times:|Horas libres:|\bRef [A-Z]\w{3}\b.*VISIT",
    re.DOTALL,
)

_PART_OF_TEXT = re.compile(r"\(\d/\d\)")
_SIGNATURE_HINTS = ("ent from", "ent via", "et Outlook", "nviado d", "andado d", "Outlook p")
_UNWRITTEN = re.compile(
    r"^[ \t]*>[^\n]*"
    r"|(?:^|(?<=[.!?\s]))[ \t]*[-_*]*[ \t]*(?:sent|composed) (?:from|via|using|with) (?:my |the |a |an )?"
    r"(?:i?phone|ipad|android|galaxy|samsung|mobile|cell|phone|motorola|moto|lg|pixel|t-?mobile|verizon|at&t|cricket"
    r"|boost|metro\w*|yahoo|outlook|gmail|mail|proton\w*|textnow|whatsapp|tracfone|\w+ (?:phone|device|mail|app))\b[^\n]*"
    r"|^[ \t]*(?:get|obt[eé]n|obtenga|descargue?) outlook (?:for|para)[^\n]*"
    r"|(?:^|(?<=[.!?\s]))[ \t]*(?:enviado|mandado) (?:desde|de|con|por) (?:mi |el |un )?"
    r"(?:iphone|ipad|android|galaxy|samsung|m[oó]vil|celular|tel[eé]fono|correo|yahoo|outlook|gmail|whatsapp|motorola)\b[^\n]*",
    re.IGNORECASE | re.MULTILINE,
)


def is_noise(text: str) -> bool:
    """Whether this is a reaction, an automatic reply or a copy of a text of ours."""
    head = text[:400]
    if _REACTION.match(head) or (any(h in text for h in _OUR_HINTS) and _OURS.search(text[:1600])):
        return True
    low = head.lower()
    return len(text) < 300 and any(h in low for h in _AUTOMATIC_HINTS) and _AUTOMATIC.search(head) is not None


def blank_unwritten_lines(text: str) -> str:
    """The text without what the sender did not write: quoted lines ("> ..."), signatures of phones and programs ("Sent
    from my iPhone"), and the mark of a part ("(1/2)"). They are blanked, so that positions stay the same."""
    if "/" in text:
        text = _PART_OF_TEXT.sub("     ", text)
    if "\n" not in text and ">" not in text and not any(hint in text for hint in _SIGNATURE_HINTS):
        return text
    return _UNWRITTEN.sub(lambda line: " " * len(line.group()), text)
