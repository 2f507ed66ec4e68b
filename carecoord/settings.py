"""One file, everything from the environment. What each variable means is in the README under *How to run it for real*."""

import hashlib
import hmac
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from carecoord import embedded
from carecoord.kernel.tenancy.context import ROLES

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules
IS_COMMAND = Path(sys.argv[0]).name == "manage.py"
"""A person's command says what it has to say by itself; servers and workers write a line for each piece of work."""
if TESTING:  # tests have servers of their own, without the waits that make data safe
    os.environ.setdefault("CARECOORD_HOME", str(Path(tempfile.gettempdir(), f"carecoord-tests-{os.getuid()}")))
    os.environ.update(CARECOORD_TESTING="1", CARECOORD_PG_UNSAFE="1")
DEBUG = env.bool("CARECOORD_DEBUG", False)
DEMO = env.bool("CARECOORD_DEMO", False)
SECOND_FACTOR_REQUIRED = env.bool("CARECOORD_SECOND_FACTOR", True)
"""Off only in the demo, where every page says so."""

if not SECOND_FACTOR_REQUIRED and not (DEMO or TESTING):
    raise ImproperlyConfigured(
        "CARECOORD_SECOND_FACTOR=0 works only with CARECOORD_DEMO=1: people who see patient data sign in with two factors."
    )

HOME = embedded.home.path()
SECRETS = {} if env("DATABASE_URL", default="") and env("CARECOORD_SECRET_KEY", default="") else embedded.secrets()
SECRET_KEY = env("CARECOORD_SECRET_KEY", default="") or SECRETS["django_secret_key"]
ALLOWED_HOSTS = env.list("CARECOORD_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
IS_LOCAL = not env.list("CARECOORD_HOSTS", default=[])
"""Without named hosts the site answers on this machine only, over plain HTTP; with them, over HTTPS alone."""
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if not IS_LOCAL]

INSTALLED_APPS = [
    "carecoord.schedule.Roof",  # first: its `migrate` replaces Django's
    "carecoord.kernel.audit",
    "carecoord.kernel.tenancy",
    "carecoord.kernel.telemetry",
    "carecoord.kernel.jobs",
    "carecoord.kernel.accounts",
    "carecoord.kernel.parameters",
    "carecoord.kernel.webhooks",
    "carecoord.kernel.drugs",
    "carecoord.kernel.codes",
    "carecoord.embedded",
    "pharmacies",
    "pharmacies.billing",
    "patients",
    "patients.claims",
    "patients.measures",
    "patients.risk",
    "patients.programs",
    "patients.flags",
    "patients.care",
    "carecoord.faces.components",
    "carecoord.faces.portal",
    "carecoord.faces.pbm",
    "carecoord.faces.api",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "lucide",
    "rest_framework",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # around WhiteNoise: a static SVG is a page of its own, when opened by its address
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "carecoord.faces.request_log.log_requests",  # static files are not logged
    "carecoord.faces.middleware.no_store",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "carecoord.faces.places.chosen_place",  # before anybody asks where this person works
    "carecoord.faces.middleware.session_limits",
    "carecoord.faces.lock.screen_lock",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "carecoord.faces.second_factor.second_factor",
    "carecoord.faces.api.limits.RateLimits",
    "carecoord.faces.middleware.TenancyMiddleware",  # last: it runs the view itself (checked by a test)
]
ROOT_URLCONF = "carecoord.urls"
WSGI_APPLICATION = "carecoord.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "carecoord.faces.context_processors.shell",
            ],
        },
    }
]


# Database: one alias for each log-in role; `default` is the visitor's, and becomes the face's own for each request.


def _password(role):
    named = env(f"CARECOORD_PASSWORD_{role.upper()}", default="")
    derived = hmac.new(SECRET_KEY.encode(), f"database role {role}".encode(), hashlib.sha256).hexdigest()
    return named or SECRETS.get("roles", {}).get(f"carecoord_{role}") or derived


DATABASE_LIMITS = {
    "portal": ("30s", "10s", "60s"),
    "pbm": ("60s", "10s", "2min"),
    "auditor": ("60s", "10s", "2min"),
    "api": ("60s", "10s", "2min"),
    "worker": ("4h", "1h", "1h"),  # a large load; one may wait for another of the same payer
    "owner": ("0", "60s", "0"),  # a migration that waits for a lock keeps everybody behind it waiting
}
"""Log-in role -> how long a statement may run, may wait for a lock, and a transaction may stand idle. 0 is for ever."""


def _options(role):
    """What the server is told at log-in."""
    told = dict(
        zip(
            ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"),
            DATABASE_LIMITS[role],
            strict=True,
        )
    )
    told["client_connection_check_interval"] = "5s"  # a killed worker's query ends, and with it its locks
    if role == "worker":
        told["temp_buffers"] = "64MB"  # a chunk of a feed stays in memory while it is merged
    return " ".join(f"-c {name}={value}" for name, value in told.items())


def _log_in_as(role, **test):
    return SERVER | {
        "ENGINE": "django.db.backends.postgresql",
        "USER": f"carecoord_{role}",
        "PASSWORD": _password(role),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": SERVER.get("OPTIONS", {})
        | {"options": _options(role)}
        | ({} if TESTING else {"pool": {"min_size": 0, "max_size": 8, "timeout": 20}}),
        "TEST": test or {"MIRROR": "owner"},  # the test database is made and migrated by the owner, once
    }


DATABASE_URL = env("DATABASE_URL", default="")
if DATABASE_URL:
    SERVER = {
        key: value for key, value in env.db_url("DATABASE_URL").items() if key in ("NAME", "HOST", "PORT", "OPTIONS")
    }
else:
    SERVER = {"NAME": "carecoord"} | embedded.ensure_postgres()
DATABASES = {
    "default": _log_in_as("portal"),
    **{role: _log_in_as(role) for role in ROLES if role != "portal"},
    "portal": _log_in_as("portal"),
    "owner": _log_in_as("owner", DEPENDENCIES=[]),
}
DATABASE_ROUTERS = ["carecoord.kernel.tenancy.context.OnlyTheOwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_WEB = {role: "select, insert, update, delete" for role in ("portal", "pbm", "auditor")}
OPEN_TABLES = {
    "django_session": _WEB,
    "account_emailaddress": _WEB,
    "account_emailconfirmation": _WEB,
    "mfa_authenticator": _WEB,
    "usersessions_usersession": _WEB,
    "django_content_type": {role: "select" for role in ROLES},
    "auth_permission": {role: "select" for role in ROLES},
    "django_migrations": {role: "select" for role in ROLES},
}
"""Tables of the frameworks, without patient data: who may do what. All other tables say it on their model."""
OWN_ROWS = dict.fromkeys(
    (
        "mfa_authenticator",
        "account_emailaddress",
        "usersessions_usersession",
        "accounts_quickpin",
        "accounts_knownbrowser",
    ),
    "user_id",
)
"""Table -> the column that names whose a row is; to a signed-in person only their own are there (tenancy/walls.py)."""

# Work in the background: PostgreSQL is the truth, the broker wakes workers.
BROKER_URL = env("BROKER_URL", default="")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "own": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "own"},
}
if BROKER_URL.startswith("redis"):
    # Sign-in throttles and used one-time codes: every web process must know them. No patient data is ever cached.
    CACHES["default"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": BROKER_URL.replace("redis+socket://", "unix://", 1),
        "KEY_PREFIX": "carecoord-cache",
    }
DELIVERIES = Path(env("CARECOORD_DELIVERIES", default=str(HOME / "deliveries")))
"""Where the bytes of deliveries lie until they are loaded; shared by web and worker processes."""

AUDIT_HEADS = Path(env("CARECOORD_AUDIT_HEADS", default=str(HOME / "audit" / "heads.jsonl")))
AUDIT_KEY = (
    env("CARECOORD_AUDIT_KEY", default="") or hmac.new(SECRET_KEY.encode(), b"audit", hashlib.sha256).hexdigest()
)
"""Where the heads of the trail's hash chain are written, outside the database, and the key that vouches for them."""

_SEALED_UNDER = (env("CARECOORD_FACTOR_KEY", default="") or SECRET_KEY).encode()
WEBHOOK_KEY = hmac.new(_SEALED_UNDER, b"webhook secrets", hashlib.sha256).digest()
"""Seals the secrets of webhooks in the database (kernel/webhooks/signing.py)."""
WEBHOOK_LOOPBACK = DEBUG or DEMO
"""Whether messages may go to this machine, for trying; its name must be on the list of allowed hosts all the same."""

# Signing in
FACTOR_KEY = hmac.new(_SEALED_UNDER, b"second factors", hashlib.sha256).digest()
"""Seals the secrets of second factors in the database (kernel/accounts/factors.py)."""
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "carecoord.faces.adapter.Adapter"
ACCOUNT_FORMS = {
    "login": "carecoord.faces.account_forms.SignIn",
    "change_password": "carecoord.faces.account_forms.ChangePassword",
    "reset_password": "carecoord.faces.account_forms.ForgottenPassword",
    "reset_password_from_key": "carecoord.faces.account_forms.NewPassword",
}
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # an open session alone moves neither address nor second factor
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,60/h/ip,5/5m/key,20/h/key"}
"""Wrong tries: per address of the network, and per account, at the password and at the second factor each."""
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "CareCoord"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up by themselves: the invitation went to the address
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # finger, face or PIN: a passkey is both factors, and never less
MFA_ADAPTER = "carecoord.faces.adapter.SecondFactors"
MFA_FORMS = {
    "add_webauthn": "carecoord.faces.account_forms.AddPasskey",
    "login_webauthn": "carecoord.faces.account_forms.SignInByPasskey",
    "authenticate_webauthn": "carecoord.faces.account_forms.SecondByPasskey",
    "reauthenticate_webauthn": "carecoord.faces.account_forms.ConfirmByPasskey",
}
MFA_RECOVERY_CODES_SHOW_ONCE = True
SESSION_COOKIE_AGE = 15 * 60
LOCK_AFTER_SECONDS = min(60 * env.int("CARECOORD_LOCK_MINUTES", 5), SESSION_COOKIE_AGE)
"""Without a request for so long, the screen is locked; it opens by PIN, passkey or password."""
SESSION_SAVE_EVERY_REQUEST = True
SESSION_ABSOLUTE_SECONDS = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# In the browser
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not IS_LOCAL:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = ["^health$", "^ready$", "^metrics$"]  # load balancers ask over plain HTTP, behind TLS
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
STATIC_URL = "static/"
STATIC_ROOT = Path(env("CARECOORD_STATIC", default=str(HOME / "static")))
with suppress(OSError):
    STATIC_ROOT.mkdir(
        parents=True, exist_ok=True
    )  # WhiteNoise serves from the finders as well, and warns when it is absent
STATICFILES_DIRS = [BASE_DIR / "carecoord" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FEED_MAX_BYTES = env.int("CARECOORD_FEED_MAX_BYTES", 4_000_000_000)
API_REQUESTS_A_MINUTE = env.int("CARECOORD_API_REQUESTS_A_MINUTE", 600)
API_VISITS_A_MINUTE = env.int("CARECOORD_API_VISITS_A_MINUTE", 1_200)
"""Of one client; and of all callers without a token from one address, which behind a proxy is the proxy's."""

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "carecoord.faces.formats"
EMAIL_BACKEND = (
    "django.core.mail.backends.console.EmailBackend"
    if not env("CARECOORD_EMAIL_URL", default="")
    else "django.core.mail.backends.smtp.EmailBackend"
)
if env("CARECOORD_EMAIL_URL", default=""):
    globals().update(env.email_url("CARECOORD_EMAIL_URL"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("CARECOORD_EMAIL_FROM", default="carecoord@localhost")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["carecoord.faces.api.authentication.ResolvedClient"],
    "DEFAULT_PERMISSION_CLASSES": ["carecoord.faces.api.authentication.IsFeedClient"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "carecoord.faces.api.problems.handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # `?format=` names a claims format here
}

# What is written down about the running system
LOG_STYLE = env("CARECOORD_LOG_STYLE", default="words" if DEMO else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "carecoord.kernel.telemetry.logs.Lines", "style": LOG_STYLE}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        **dict.fromkeys(
            ("carecoord", "patients", "pharmacies"),
            {"level": env("CARECOORD_LOG_LEVEL", default="WARNING" if TESTING or IS_COMMAND else "INFO")},
        ),
        "django.request": {"level": "ERROR"},  # every answer has its line already
    },
}
if not TESTING:
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(HOME / "metrics"))
    with suppress(OSError):
        Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)
METRICS_TOKEN = env("CARECOORD_METRICS_TOKEN", default="")
"""Who may read /metrics and the details of /ready; without one, this machine alone."""
