"""What is asked before a vaccine, in our own words, and what a yes means for which vaccine: stop, or ask further."""

from dataclasses import dataclass

STOP, ASK = "stop", "ask"
EVERY = frozenset(
    ["influenza", "pneumococcal", "zoster", "tetanus", "rsv", "covid", "hepatitis_b", "hepatitis_a", "hepatitis_a_b"]
    + ["hpv", "mmr", "varicella"]
)
LIVE = "live"
SOURCE = "CDC, General Best Practice Guidelines for Immunization: contraindications and precautions (public domain)"


@dataclass(frozen=True, kw_only=True)
class Question:
    """`words` say what a yes means. `stops` and `asks` name vaccine groups, or LIVE for the live ones of every group."""

    code: str
    words: str
    stops: frozenset = frozenset()
    asks: frozenset = frozenset()
    then: str = ""
    """What to find out, or to do."""

    def outcome(self, vaccine):
        """STOP, ASK, or '' where it does not matter for this Vaccine."""
        marks = {vaccine.group} | ({LIVE} if vaccine.is_live else set())
        return STOP if self.stops & marks else ASK if self.asks & marks else ""


QUESTIONS = (
    Question(
        code="ill",
        words="Is ill today: fever, or more than a cold",
        asks=EVERY,
        then="More than a slight illness: wait until it is over.",
    ),
    Question(
        code="reaction",
        words="Had a serious reaction after a vaccine before",
        stops=EVERY,
        then="Which vaccine, and what happened? The same one, or one with the same ingredient, is not given again.",
    ),
    Question(
        code="allergy",
        words="Has had a severe allergic reaction to a medicine, food, latex or an ingredient",
        asks=EVERY,
        then="Compare with the ingredients of the product, stopper included.",
    ),
    Question(
        code="immune",
        words="Has a weak immune system, from an illness or a treatment",
        stops=frozenset([LIVE]),
        then="A live vaccine is not given.",
    ),
    Question(
        code="pregnant",
        words="Is pregnant, or may be within a month",
        stops=frozenset([LIVE]),
        asks=frozenset(["hpv", "zoster", "rsv"]),
        then="No live vaccine; HPV and zoster wait; for RSV the week of pregnancy and the product decide.",
    ),
    Question(
        code="live_before",
        words="Got a live vaccine within four weeks",
        stops=frozenset([LIVE]),
        then="Live vaccines on different days lie at least four weeks apart.",
    ),
    Question(
        code="blood",
        words="Got blood, plasma or immune globulin within a year",
        stops=frozenset(["mmr", "varicella"]),
        then="The waiting time depends on the product.",
    ),
    Question(
        code="guillain_barre",
        words="Had Guillain-Barr\u00e9 syndrome within six weeks after a vaccine",
        stops=frozenset(["influenza", "tetanus"]),
        asks=frozenset(["rsv"]),
        then="Weigh it with the prescriber.",
    ),
    Question(
        code="heart",
        words="Had an inflammation of the heart after a COVID vaccine",
        stops=frozenset(["covid"]),
        then="Another dose is a matter for the cardiologist.",
    ),
    Question(
        code="nerves",
        words="Has seizures or a nerve illness that is not under control",
        asks=frozenset(["tetanus"]),
        then="Wait until it is stable, where the vaccine has a pertussis part.",
    ),
    Question(
        code="bleeding",
        words="Bleeds easily, or takes a blood thinner",
        asks=EVERY,
        then="A fine needle, and two minutes of firm pressure without rubbing.",
    ),
    Question(
        code="faints", words="Faints at injections", asks=EVERY, then="Lying down, and fifteen minutes of watching."
    ),
)
BY_CODE = {each.code: each for each in QUESTIONS}


def outcomes(codes, vaccine):
    """(stops, asks): the Questions answered with yes that matter for a Vaccine."""
    said = [BY_CODE[code] for code in codes if code in BY_CODE]
    return tuple(tuple(each for each in said if each.outcome(vaccine) == outcome) for outcome in (STOP, ASK))
