"""The report beside a refused file or a file with quarantined rows, for the person who reads it."""

from __future__ import annotations

from surplus.intake.outcome import Outcome
from surplus.intake.summary import in_words

_WORDS = {
    "nl": {
        "refused": "GEWEIGERD: niets van dit bestand is geboekt.",
        "accepted": "Ingelezen; de genoemde regels wachten of zijn afgekeurd.",
        "duplicate": "Al eerder ingelezen; er is niets geboekt.",
        "file": "bestand", "line": "regel", "do": "Wat te doen",
        "per_code": "Per code", "per_line": "Per regel", "returned": "Terug naar de afzender",
        "rows": "regels", "recorded": "vastgelegd", "held": "vastgehouden", "rejected": "afgekeurd",
        "unchanged": "ongewijzigd", "dropped": "overgeslagen",
    },
    "en": {
        "refused": "REFUSED: nothing of this file was booked.",
        "accepted": "Taken in; the rows below wait or were rejected.",
        "duplicate": "Taken in before; nothing was booked.",
        "file": "file", "line": "line", "do": "What to do",
        "per_code": "By code", "per_line": "By line", "returned": "Back to the sender",
        "rows": "rows", "recorded": "recorded", "held": "held", "rejected": "rejected",
        "unchanged": "unchanged", "dropped": "dropped",
    },
}  # fmt: skip


def as_text(outcome: Outcome, language: str) -> str:
    """The outcome in words: verdict, counts, what is wrong and what to do per code, then each line
    with what is wrong there.
    """
    words = _WORDS[language]
    counts = ", ".join(f"{number} {words.get(n, n)}" for n, number in outcome.counts.items())
    lines = [outcome.file, words[outcome.verdict], counts]
    if outcome.returned:
        lines.append(f"{words['returned']}: {outcome.returned}")
    lines += ["", f"{words['per_code']}:"]
    for told in outcome.summary(language):
        lines.append(
            f"[{told['code']} {told['severity']}] {told['rows']} × {told['text']} "
            f"({in_words(told, words['line'], words['file'])})"
        )
        lines.append(f"  {words['do']}: {told['remedy']}")
    lines += ["", f"{words['per_line']}:"]
    for note in outcome.messages(language):
        place = f"{words['line']} {note['line']}" if note["line"] else words["file"]
        lines.append(f"{place} {note['field']} [{note['code']} {note['severity']}] {note['text']}")
    return "\n".join(lines) + "\n"
