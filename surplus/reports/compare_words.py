"""The words of the comparison with ordinary settlement: (English, Dutch) by key."""

from __future__ import annotations

from surplus.reports import words

VARIANTS = {
    "on_the_month": ("On the month", "Op de maand"),
    "afterwards": ("Afterwards", "Achteraf"),
    "estimate": ("Estimate", "Schatten"),
    "surplus": ("Surplus", "Surplus"),
}

#: Titles of the sheets.
SHEETS = {
    "overview": ("Overview", "Overzicht"),
    "clients": ("Per client", "Per klant"),
    "months": ("Months", "Maanden"),
}

#: A measure of a client: its name and what it is.
MEASURES = {
    "months": (
        ("Settled months", "months of the comparison; open months count in no measure"),
        ("Vastgestelde maanden", "maanden in de vergelijking; open maanden tellen nergens mee"),
    ),
    "total": (
        ("Received", "all that the client receives, from the first to the last of these months"),
        ("Ontvangen", "alles wat de klant ontvangt, van de eerste tot en met de laatste maand"),
    ),
    "deviation": (
        ("Standard deviation", "of what is received per month (population)"),
        ("Standaardafwijking", "van wat per maand wordt ontvangen (populatie)"),
    ),
    "largest_drop": (
        ("Largest drop", "the largest fall from one settled month to the next"),
        ("Grootste daling", "van een vastgestelde maand naar de volgende"),
    ),
    "lowest": (
        ("Lowest month", "the least that is received in a month"),
        ("Laagste maand", "het minste dat in een maand wordt ontvangen"),
    ),
    "lowest_permille": (
        ("Lowest month as part of V", "V is the norm as paid monthly: 95% of N"),
        ("Laagste maand als deel van V", "V is de norm zoals maandelijks betaald: 95% van N"),
    ),
    "below_90": (
        ("Months below 90% of V", "months in which less than 90% of V is received"),
        ("Maanden onder 90% van V", "maanden met minder dan 90% van V"),
    ),
    "below_norm": (
        ("Months below V", "months in which less than V is received"),
        ("Maanden onder V", "maanden met minder dan V"),
    ),
    "days_late": (
        ("Days late", "between the day on which money was due and the day it is paid"),
        ("Dagen te laat", "tussen de dag waarop geld er moest zijn en de dag van betaling"),
    ),
    "corrections": (
        ("Corrections", "times that an earlier month is put right: paid or set off later"),
        ("Correcties", "keren dat een eerdere maand wordt rechtgezet: nabetaald of verrekend"),
    ),
    "taken_back": (
        ("of which take back", "corrections that set off or claim money already paid"),
        ("waarvan terugnemend", "correcties die betaald geld verrekenen of terugvorderen"),
    ),
    "taken_back_cents": (
        ("Set off", "benefit withheld for what was paid too much before"),
        ("Verrekend", "uitkering ingehouden voor wat eerder te veel was betaald"),
    ),
    "claims": (
        ("Claims", "claims that stay when the benefit has ended"),
        ("Vorderingen", "vorderingen die overblijven als de uitkering is beëindigd"),
    ),
    "claim": (
        ("Claimed", "the sum of those claims, holiday allowance included"),
        ("Gevorderd", "de som daarvan, met vakantietoeslag"),
    ),
    "claim_reserve": (
        ("of which holiday allowance", "the part of the claim reserved as holiday allowance"),
        ("waarvan vakantietoeslag", "het deel van de vordering dat gereserveerd was"),
    ),
    "rest": (
        ("Still to come (+) or set off (−)", "benefit of these months that moves after the last"),
        ("Nog na te betalen (+) of te verrekenen (−)", "over deze maanden, na de laatste"),
    ),
    "wages_to_come": (
        ("Wages received later", "wages of these months received after the last of them"),
        ("Loon later ontvangen", "loon over deze maanden dat na de laatste binnenkwam"),
    ),
}

HEADERS = (
    words.HEADERS
    | {f"{name}_cents": titles for name, titles in VARIANTS.items()}
    | {
        "paid_norm_cents": ("Norm paid V", "Norm betaald V"),
        "pay_on": ("Pay day", "Betaaldag"),
        "wage_cents": ("Wage received", "Loon ontvangen"),
        "wage_on": ("Wage received on", "Loon ontvangen op"),
        "on_the_month_on": ("On the month: paid on", "Op de maand: betaald op"),
        "afterwards_on": ("Afterwards: paid on", "Achteraf: betaald op"),
        "estimate_on": ("Estimate: put right on", "Schatten: rechtgezet op"),
        "surplus_on": ("Surplus: paid on", "Surplus: betaald op"),
        "variant": ("Settlement", "Verrekening"),
    }
)

TEXTS = {
    "title": ("Surplus beside ordinary settlement", "Surplus naast gewone verrekening"),
    "client": ("Client {client}: what is received", "Klant {client}: wat er wordt ontvangen"),
    "measures": ("How even, how punctual", "Hoe gelijkmatig, hoe stipt"),
    "measure": ("Measure", "Maat"),
    "totals": ("Totals over all clients", "Totalen over alle klanten"),
    "spread": ("Distribution over the clients", "Verdeling over de klanten"),
    "lowest": ("lowest", "laagste"),
    "tenth": ("one in ten at most", "een op de tien hoogstens"),
    "median": ("median", "mediaan"),
    "ninetieth": ("nine in ten at most", "negen op de tien hoogstens"),
    "highest": ("highest", "hoogste"),
    "client_count": ("Clients", "Klanten"),
    "clients_below_90": (
        "Clients with a month below 90% of V", "Klanten met een maand onder 90% van V",
    ),
    "how": ("How each settles", "Hoe er wordt verrekend"),
    "meaning": ("What is measured", "Wat er is gemeten"),
    "reading": ("How to read this", "Toelichting"),
    "municipality": ("Municipality", "Gemeente"),
    "made_on": ("Business date", "Verwerkingsdatum"),
    "days": ("(+12): days late", "(+12): dagen te laat"),
    "wage": ("wage", "loon"),
    "paid": ("benefit; Surplus: fixed amount", "uitkering; Surplus: vast bedrag"),
    "extra": ("surplus of earlier months", "overschot van eerdere maanden"),
    "taken_back": ("set off", "verrekend"),
    "short": ("below 90% of V", "onder 90% van V"),
    "late": ("{days} days late", "{days} dagen te laat"),
    "norm": ("V, the norm as paid", "V, de norm zoals betaald"),
    "euro": ("euro per month", "euro per maand"),
    "panel": (
        "standard deviation {deviation} · lowest {lowest} ({part} of V) · days late: {late}",
        "standaardafwijking {deviation} · laagste {lowest} ({part} van V) · dagen te laat: {late}",
    ),
    "alt": (
        "Four bar charts under each other compare what client {client} receives per month from "
        "{first} to {last}. {variants} All amounts stand in {workbook}, sheet {sheet}.",
        "Vier staafdiagrammen onder elkaar vergelijken wat klant {client} per maand ontvangt van "
        "{first} tot en met {last}. {variants} Alle bedragen staan in {workbook}, blad {sheet}.",
    ),
    "alt_variant": (
        "{variant}: lowest month {lowest}, highest {highest}, standard deviation {deviation}, "
        "months below 90% of V: {below}, days late: {late}.",
        "{variant}: laagste maand {lowest}, hoogste {highest}, standaardafwijking {deviation}, "
        "maanden onder 90% van V: {below}, dagen te laat: {late}.",
    ),
}  # fmt: skip

#: What a reader should know, a line each.
READING = {
    "en": (
        "Norm, income, exemption and benefit are the same in all four and are those settled last, "
        "as if known at once; only when money reaches the client differs.",
        "A wage counts at the pay day nearest to the day on which the bank received it, never in "
        "a month before its own; not received yet, in its own month. Benefit counts in the month "
        "it is for, also when it comes late: the days late tell that.",
        "On the month, the benefit waits for the payslip; the deliveries of income are the only "
        "payslips that the books know, so that it is late by as many days as they are.",
        "Surplus is what was or will be paid by the books, not a computation. Its fixed amount is "
        "late when it was due to leave after the pay day; the surplus of earlier months comes "
        "with a later fixed amount by agreement.",
        "Left out everywhere: the holiday allowance of June, and income that never came to the "
        "buffer account.",
    ),
    "nl": (
        "Norm, inkomen, vrijlating en uitkering zijn in alle vier dezelfde en zoals laatst "
        "vastgesteld, alsof meteen bekend; alleen wanneer de klant geld ontvangt, verschilt.",
        "Loon telt bij de betaaldag die het dichtst ligt bij de dag waarop de bank het ontving, "
        "nooit voor zijn eigen maand; nog niet ontvangen: in de eigen maand. Uitkering telt in de "
        "maand waarvoor zij is, ook als zij laat komt: dat zeggen de dagen te laat.",
        "Op de maand wacht de uitkering op de loonstrook; de doorleveringen zijn de enige "
        "loonstroken die de boeken kennen, zodat zij evenveel dagen te laat is als die.",
        "Surplus is wat volgens de boeken is of wordt betaald, geen berekening. Het vaste bedrag "
        "is te laat als het na de betaaldag zou vertrekken; het overschot van eerdere maanden "
        "komt volgens afspraak met een later vast bedrag mee.",
        "Overal weggelaten: de vakantietoeslag van juni, en inkomen dat nooit op de tussenrekening "
        "kwam.",
    ),
}


def part(permille: int) -> str:
    """A part per thousand as people read it.

    >>> part(572), part(-5)
    ('57,2%', '-0,5%')
    """
    whole, rest = divmod(abs(permille), 10)
    return f"{'-' if permille < 0 else ''}{whole},{rest}%"
