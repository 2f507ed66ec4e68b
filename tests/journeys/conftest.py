from playwright.sync_api import expect

from tests.faces.portal.conftest import static_root, story, that_day

__all__ = ["static_root", "story", "that_day"]

expect.set_options(timeout=20_000)  # a busy machine is no fault of the page
