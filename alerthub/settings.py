"""Every setting, declared once. Values come from the environment or `.env` (see `docker/env.example`)."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from alerthub import __version__, env, logs
from alerthub.broker import broker_url, connecting
from alerthub.start import database, keyring, private
from alerthub.unfold import UNFOLD as UNFOLD
from alerthub.web import cookies, machines, mount
from routing.access import clients

BASE_DIR = Path(__file__).resolve().parent.parent
env.load()

VERSION = __version__
DEBUG = False
# Set in the image: a weak key, a missing ALLOWED_HOSTS and targets on loopback are then refused.
PRODUCTION = env.flag("ALERTHUB_PRODUCTION", default=False)

# --- Where things are kept -----------------------------------------------------------------------------------------
DATA_DIR = (BASE_DIR / env.text("ALERTHUB_DATA_DIR", "var")).resolve()
private.folder(DATA_DIR)
SECRET_KEY = env.text("SECRET_KEY") or keyring.kept(DATA_DIR / "secret_key", keyring.new_secret_key())
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
if PRODUCTION and keyring.is_weak(SECRET_KEY):
    raise ImproperlyConfigured("SECRET_KEY is too weak for production: use 50 random characters or more.")
ENCRYPTION_KEYS = keyring.judged(
    env.words("ALERTHUB_ENCRYPTION_KEYS") or [keyring.kept(DATA_DIR / "encryption_key", keyring.new_encryption_key())]
)

# --- Database ------------------------------------------------------------------------------------------------------
DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'alerthub.sqlite3'}")
# For one process: its threads share them.
DATABASE_CONNECTIONS = env.number("ALERTHUB_DATABASE_CONNECTIONS", 6, least=3, most=1_000)
DATABASES = {"default": database.described(DATABASE_URL, DATABASE_CONNECTIONS)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # unfold and REST framework look for PostgreSQL's fields and do without them: 7 MB in each web process.
    sys.modules.setdefault("django.contrib.postgres.fields", None)  # type: ignore[arg-type]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker: for hints only, see deliveries/wake/nudge.py ---------------------------------------------------------------
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", connecting.EMBEDDED)
broker_url.read(CELERY_BROKER_URL)

# --- Web -----------------------------------------------------------------------------------------------------------
PORT = env.number("PORT", 8093, least=1, most=65_535)
SCRIPT_NAME = env.text("SCRIPT_NAME").strip("/")
PUBLIC_URL = env.public_url("ALERTHUB_PUBLIC_URL", f"http://localhost:{PORT}/{SCRIPT_NAME}")
try:
    PATH_PREFIX = mount.prefix(PUBLIC_URL, SCRIPT_NAME)
except ValueError as error:
    raise ImproperlyConfigured(str(error)) from None
FORCE_SCRIPT_NAME = PATH_PREFIX or None
# Django's own check would answer 400 to an Alertmanager that uses another name, and Alertmanager never retries a 400:
# `alerthub.web.hosts` does the check, for everything but the machines' addresses.
ALLOWED_HOSTS = ["*"]
KNOWN_HOSTS = env.hosts("ALLOWED_HOSTS", "" if PRODUCTION else "*", patterns=True)
if PRODUCTION and not KNOWN_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts under which people open AlertHub's pages.")
BEHIND_HTTPS = env.flag("ALERTHUB_BEHIND_HTTPS", default=PUBLIC_URL.startswith("https://"))
if BEHIND_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whose X-Forwarded-For is believed; see routing.access.clients.
TRUSTED_PROXIES = env.networks_or("ALERTHUB_TRUSTED_PROXIES", clients.UNIX_SOCKET)
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = PATH_PREFIX or "/"
SESSION_COOKIE_NAME = cookies.name("session", PUBLIC_URL)
CSRF_COOKIE_NAME = cookies.name("csrf", PUBLIC_URL)
# In the session: its own cookie would be called "messages", as any other program's.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_HTTPS
SECURE_HSTS_SECONDS = 31536000 if BEHIND_HTTPS else 0
# Machines may come inside the network by plain HTTP, and a redirect would turn Alertmanager's POST into a GET.
SECURE_REDIRECT_EXEMPT = [f"^{re.escape((PATH_PREFIX + path).lstrip('/'))}/?$" for path in machines.ALL]
# Whether the other hosts of the domain speak HTTPS is not AlertHub's to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_AGE = 8 * 3600
_OWN_ORIGIN = PUBLIC_URL.removesuffix(PATH_PREFIX) if BEHIND_HTTPS else ""
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS", _OWN_ORIGIN)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "alerthub.web.sentences.without_token"
ROOT_URLCONF = "alerthub.urls"
WSGI_APPLICATION = "alerthub.wsgi.application"
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
LANGUAGE_CODE = "en"
TIME_ZONE = env.time_zone("TZ", "UTC")
USE_TZ = True
USE_I18N = False
DATETIME_FORMAT = "j M Y H:i:s"
# What counts is the cap of the ingest view, which reads the stream itself.
INGEST_MAX_BYTES = env.number("ALERTHUB_INGEST_MAX_BYTES", 16 * 1024 * 1024, least=1024, most=1024**3)
# From its first byte to its last one a request may take so long.
REQUEST_SECONDS = env.number("ALERTHUB_REQUEST_SECONDS", 30, least=1, most=3_600)
# Of a web process, for everything but posts and the question whether it lives: these must not wait for people and their
# reports, nor find every connection to the database in their hands.
PAGE_THREADS = min(4, DATABASE_CONNECTIONS - 2)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

# Workers show no pages: without the apps for them each takes 20 MB less.
PAGES = env.flag("ALERTHUB_PAGES", default=True)
INSTALLED_APPS = [
    *(["unfold", "unfold.contrib.filters", "unfold.contrib.forms", "django.contrib.admin"] if PAGES else []),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    *(["django.contrib.messages", "alerthub.web.files.Files"] if PAGES else []),
    *(["rest_framework", "django_filters", "drf_spectacular", "drf_spectacular_sidecar"] if PAGES else []),
    "axes",
    "alerthub",
    "routing",
    "deliveries",
]
MIDDLEWARE = [
    "alerthub.web.strays.Strays",
    "alerthub.web.hosts.KnownHosts",
    "django.middleware.security.SecurityMiddleware",
    # Its files are compressed already.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "alerthub.web.compressed.Compressed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "alerthub.web.sentences.Sentences",
    "alerthub.people.doorstep.CrowdedPage",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the packages', some of whose templates are replaced.
        "DIRS": [BASE_DIR / "alerthub" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
# --- Logins --------------------------------------------------------------------------------------------------------
# The first only refuses who failed too often, before a password is hashed.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "alerthub.people.logins.Attempts"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_USE_ATTEMPT_EXPIRATION = True
# What is tried while it is refused does not count, or an attacker could keep an administrator out for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_USERNAME_CALLABLE = "alerthub.people.logins.name"
AXES_CLIENT_IP_CALLABLE = "alerthub.people.logins.address"
AXES_LOCKOUT_CALLABLE = "alerthub.people.logins.refused"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
PASSWORD_HASHERS = ["alerthub.people.hashing.HashedInTurn"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "alerthub.people.access.EndsTokens"},
]
# Whole, because it is asked for before the first request says where AlertHub stands.
STATIC_URL = f"{PATH_PREFIX}/static/"
# The image's own, or what `prepare` collects; until then files are served from the packages themselves.
STATIC_ROOT = _collected if (_collected := BASE_DIR / "staticfiles").is_dir() else DATA_DIR / "static"
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").is_file()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "alerthub.web.files.Hashed"},
}

# --- REST ----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "routing.api.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["routing.api.permissions.ModelPermissions"],
    "DEFAULT_RENDERER_CLASSES": ["routing.api.manners.Json"],
    "DEFAULT_METADATA_CLASS": "routing.api.manners.Methods",
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "routing.api.pages.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "routing.api.errors.answer",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AlertHub",
    "DESCRIPTION": "Routes Alertmanager notifications to Rocket.Chat and says what went where, when and why.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [{"url": PATH_PREFIX}] if PATH_PREFIX else [],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "routing.api.description.ids_have_bounds",
    ],
}

# --- Delivering ----------------------------------------------------------------------------------------------------
# How long an undeliverable message is tried before it ends as expired, by severity.
EXPIRE_AFTER_SECONDS = env.seconds_each("ALERTHUB_EXPIRE_AFTER_SECONDS", "critical=86400,other=21600", least=60)
# After a worker died, what it was sending is taken over when its lease ends; see outbox for what makes it longer.
DELIVERY_LEASE_SECONDS = env.number("ALERTHUB_LEASE_SECONDS", 45, least=1, most=3_600)
# The address range of a target may not be one of these, in addition to those that never make sense.
ALLOW_LOOPBACK_TARGETS = env.flag("ALERTHUB_ALLOW_LOOPBACK_TARGETS", default=not PRODUCTION)
BLOCKED_NETWORKS = env.networks("ALERTHUB_BLOCKED_NETWORKS")
ALLOWED_TARGET_HOSTS = env.hosts("ALERTHUB_ALLOWED_TARGET_HOSTS")
# /readyz and the self-watch complain when a worker was not seen, or the oldest due delivery waits, for longer than this.
WORKER_MISSING_AFTER_SECONDS = 60
OLDEST_DUE_LIMIT_SECONDS = env.number("ALERTHUB_OLDEST_DUE_LIMIT_SECONDS", 300, least=10, most=604_800)
# Called as long as messages are on time, so that somebody elsewhere notices when it stops. A secret.
PING_URL = env.address("ALERTHUB_PING_URL")
PING_EVERY_SECONDS = env.number("ALERTHUB_PING_EVERY_SECONDS", 60, least=10, most=86_400)

# Whether whoever changes sources, targets, rules and the like has to say why.
REASON_REQUIRED = env.flag("ALERTHUB_REASON_REQUIRED", default=False)

LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = logs.configuration(LOG_LEVEL)
