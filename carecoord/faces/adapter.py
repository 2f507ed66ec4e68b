"""allauth, as we use it: people are invited, nobody signs up by themselves."""

from allauth.account.adapter import DefaultAccountAdapter

from carecoord.kernel.accounts import actions


class Adapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def set_password(self, user, password):
        """allauth saves the whole person, which no web role may."""
        actions.set_password(user=user, password=password, by=user)
