"""allauth, as we use it: people are invited, nobody signs up by themselves."""

from allauth.account.adapter import DefaultAccountAdapter


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def set_password(self, user, password):
        """Saves that column alone: no web role may write the others of a person."""
        user.set_password(password)
        user.save(update_fields=["password"])
