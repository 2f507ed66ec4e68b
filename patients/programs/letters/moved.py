"""The letter to a member whose main pharmacy is now another one."""

from datetime import date

from .letter import CONTACT, OFFERS, PHARMACY, Letter

LETTER = Letter(
    kind="moved",
    subject="A new pharmacy now helps you with your medicines",
    paragraphs=(
        "Dear {name},",
        "You get extra help with your medicines. Now you use a new pharmacy most. "
        "So the help moves with you. From {since} on, it comes from:",
        PHARMACY,
        "The team there can:",
        OFFERS,
        "The help is still free, and it is still your choice. "
        "You can use any pharmacy in your plan for your medicines.",
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
