"""The report beside a refused file or a file with quarantined rows, for the person who reads it."""

from __future__ import annotations

from surplus.intake.outcome import Outcome

_WORDS = {
    "nl": {
        "refused": "GEWEIGERD: niets van dit bestand is geboekt.",
        "accepted": "Ingelezen; de genoemde regels wachten of zijn afgekeurd.",
        "duplicate": "Al eerder ingelezen; er is niets geboekt.",
        "file": "bestand", "line": "regel", "do": "Wat te doen",
        "rows": "regels", "recorded": "vastgelegd", "held": "vastgehouden", "rejected": "afgekeurd",
        "unchanged": "ongewijzigd", "dropped": "overgeslagen",
    },
    "en": {
        "refused": "REFUSED: nothing of this file was booked.",
        "accepted": "Taken in; the rows below wait or were rejected.",
        "duplicate": "Taken in before; nothing was booked.",
        "file": "file", "line": "line", "do": "What to do",
        "rows": "rows", "recorded": "recorded", "held": "held", "rejected": "rejected",
        "unchanged": "unchanged", "dropped": "dropped",
    },
}  # fmt: skip


def as_text(outcome: Outcome, language: str) -> str:
    """The outcome in words: verdict, counts, and line by line what is wrong and what to do."""
    words = _WORDS[language]
    counts = ", ".join(f"{number} {words.get(n, n)}" for n, number in outcome.counts.items())
    lines = [outcome.file, words[outcome.verdict], counts, ""]
    for told in outcome.messages(language):
        place = f"{words['line']} {told['line']}" if told["line"] else words["file"]
        lines.append(f"{place} {told['field']} [{told['code']} {told['severity']}] {told['text']}")
        lines.append(f"  {words['do']}: {told['remedy']}")
    return "\n".join(lines) + "\n"
