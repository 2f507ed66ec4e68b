"""PostgreSQL and Valkey from wheels, supervised: the default when no server is configured. No Django here."""

from .home import CannotStart, secrets
from .postgres import ensure_postgres
from .roles import ensure_roles
from .valkey import ensure_broker

__all__ = ["CannotStart", "ensure_broker", "ensure_postgres", "ensure_roles", "secrets"]
