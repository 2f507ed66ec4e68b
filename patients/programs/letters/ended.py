"""The letter to a member who was written to before, and is no longer in the programme."""

from datetime import date

from .letter import CONTACT, PHARMACY, Letter

LETTER = Letter(
    kind="ended",
    subject="Your extra help with your medicines has ended",
    paragraphs=(
        "Dear {name},",
        "You got extra help with your medicines from this pharmacy:",
        PHARMACY,
        "This help ended on {until}. You do not need to do anything.",
        "You can still use this pharmacy for your medicines. Your drug plan and what you pay stay the same.",
        "Do you have a question, or do you want the help back? Call or write to us:",
        CONTACT,
        "Do you need this letter in large print or in a language other than English? Call us.",
        "Thank you,",
        "{pbm}",
    ),
    source="Our own words; what a letter must hold: the project's brief for the PBM site.",
    reviewed_on=date(2026, 11, 26),
    review_due=date(2027, 11, 26),
)
