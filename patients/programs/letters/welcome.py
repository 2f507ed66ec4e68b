"""The first letter: what the programme is, where, and how to say no."""

from datetime import date

from .letter import CONTACT, OFFERS, PHARMACY, Letter

LETTER = Letter(
    kind="welcome",
    subject="Help with your medicines from your pharmacy",
    paragraphs=(
        "Dear {name},",
        "You can get extra help with your medicines. It is free for you. You choose if you want it.",
        "We picked the pharmacy that you use most:",
        PHARMACY,
        "The team there can:",
        OFFERS,
        "You do not need to sign up. Your help starts on {since}. The pharmacy may call you. "
        "You can also call them or stop by.",
        "If you do not want this help, tell us. You can call or write. "
        "You do not have to say why. Your drug plan and what you pay stay the same.",
        CONTACT,
        "Do you need this letter in large print or in a language other than English? Call us.",
        "Thank you,",
        "{pbm}",
    ),
    source="Our own words; what a letter must hold: the project's brief for the PBM site.",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
