from tests.faces.portal.conftest import static_root, story, that_day

__all__ = ["static_root", "story", "that_day"]
