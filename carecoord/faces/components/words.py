"""What machines call a browser, a language, a time zone, in words."""

BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"), ("Linux", "Linux"))  # fmt: skip
"""Marks in what a browser calls itself, the more telling ones first."""
LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "vi": "Vietnamese",
    "zh": "Chinese",
    "ko": "Korean",
    "ru": "Russian",
    "fr": "French",
}


def browser_words(agent):
    """`{{ session.user_agent|browser_words }}` is "Firefox on Windows": enough to know one's own device again."""
    browser = next((word for mark, word in BROWSERS if mark in agent), "A browser")
    system = next((word for mark, word in SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser


def language_words(code):
    """ "es" -> "Spanish"; what is not known stays as it is."""
    return LANGUAGES.get(code, code)


def zone_words(zone):
    """ "America/New_York" -> "New York time"."""
    return zone.rpartition("/")[2].replace("_", " ") + " time"
