"""The form of a visit, as a browser sees it."""


def answer(tab, name, choice=None):
    """The visit's field of that name, or one choice of it."""
    return tab.locator(f"#visit [name={name}]" + (f"[value={choice}]" if choice else ""))
