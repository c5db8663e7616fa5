"""Django's settings. Every environment variable of the product is read here."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from ingest.values import Limits
from viewer.config import environment, private_files, secret_key

os.umask(private_files.UMASK)  # for every server and command, and the processes they start
BASE_DIR = Path(__file__).resolve().parent.parent

# -- environment variables: docs/configuration.md has a table of them -------------------------

PORT = environment.read_number("PORT", 8000)
HOST = environment.read_text("HOST", "127.0.0.1")
PUBLIC_URL = environment.read_text("PUBLIC_URL", f"http://{HOST}:{PORT}").rstrip("/")
DATA_DIR = Path(environment.read_text("DATA_DIR", str(BASE_DIR / "data"))).resolve()
ALLOWED_HOSTS = environment.read_words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
POSTGRESQL = environment.read_database("DATABASE_URL")
REDIS_URL = environment.read_text("REDIS_URL", "")
WORKERS = environment.read_number("WORKERS", 1)
OIDC = environment.read_openid_client()
METRICS_TOKEN = environment.read_text("METRICS_TOKEN", "")
LOG_LEVEL = environment.read_choice("LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = environment.read_choice("LOG_FORMAT", "text", ("text", "json"))
if WORKERS > 1:  # read by prometheus_client: the workers of a host count together
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(DATA_DIR / "metrics"))
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)
private_files.keep_private(DATA_DIR)
DEBUG = environment.read_switch("DEBUG", default=False)
PRINT_KEYS = environment.read_switch("PRINT_KEYS", default=False)
SECRET_KEY = environment.read_text("SECRET_KEY", "") or secret_key.load_or_create(
    DATA_DIR / "secret-key"
)
# proxies that are trusted for the client's address and scheme
FORWARDED_ALLOW_IPS = environment.read_networks("FORWARDED_ALLOW_IPS")
CONNECTIONS = environment.read_number("CONNECTIONS", 8192)
HTTPS = environment.read_switch("HTTPS", default=PUBLIC_URL.startswith("https://"))

LIMITS = Limits(
    wire_bytes=environment.read_number("WIRE_BYTES", 10 * 2**20),
    body_bytes=environment.read_number("BODY_BYTES", 50 * 2**20),
    line_bytes=environment.read_number("LINE_BYTES", 2**20),
    lines=environment.read_number("BODY_LINES", 20_000),
    waiting_bytes=environment.read_number("WAITING_BYTES", 64 * 2**20),
    body_seconds=environment.read_number("BODY_SECONDS", 60),
    stranger_bytes=environment.read_number("STRANGER_BYTES", 64 * 2**10),
)
KEEP_EVENTS = environment.read_number("KEEP_EVENTS", 100_000)
KEEP_DAYS = environment.read_number("KEEP_DAYS", 7)
# of events and deliveries; the minimum holds any single one
KEEP_BYTES = environment.read_number("KEEP_BYTES", 2**30, least=LIMITS.body_bytes)
KEEP_BYTES_TOTAL = environment.read_number("KEEP_BYTES_TOTAL", 10 * 2**30, least=KEEP_BYTES)

# -- the application --------------------------------------------------------------------------

INSTALLED_APPS = [
    "ingest",
    "viewer",
    "viewer.admin_app.OwnersAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
]

# All of these are async: a synchronous one would occupy a thread for each waiting request.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "viewer.http.middleware.page_headers",
    "viewer.accounts.middleware.sign_in_gate",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "viewer.http.middleware.AnyHostForProbes",
    "viewer.http.middleware.CsrfByOrigin",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "viewer.http.middleware.DatabaseUnavailableMiddleware",
    "viewer.accounts.middleware.PasswordLimitMiddleware",
]

ROOT_URLCONF = "viewer.urls"
ASGI_APPLICATION = "viewer.asgi.application"
APPEND_SLASH = False  # a redirect would make a vendor's client lose its body

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,  # for the admin
        "OPTIONS": {
            "builtins": ["viewer.templatetags.icons"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "viewer.access.decorators.visitor_context",
            ],
        },
    }
]

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "viewer.sqlite3",
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 5,
        "cached_statements": 512,
        # FULL: an fsync at every commit, which a reply of 200 promises
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; "
            "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864; "
            "PRAGMA secure_delete=ON;"  # Debian's default; see ingest/storage/cleanup/erasure.py
        ),
    },
}
if POSTGRESQL is not None:
    POSTGRESQL["CONN_HEALTH_CHECKS"] = True
    POSTGRESQL["OPTIONS"] |= {
        "connect_timeout": 5,
        "options": "-c lock_timeout=3s -c idle_in_transaction_session_timeout=60s",
        # per process: the writer process has one, the server process some for pages.
        # Fail fast when the pool is exhausted or the server is down
        "pool": {"min_size": 1, "max_size": 32, "timeout": 2, "reconnect_timeout": 10},
    }
DATABASES = {"default": POSTGRESQL or SQLITE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

IN_PROCESS = {"BACKEND": "channels.layers.InMemoryChannelLayer"}
REDIS = {
    "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "CONFIG": {"hosts": [REDIS_URL], "prefix": "viewer"},
}
CHANNEL_LAYERS = {"default": REDIS if REDIS_URL else IN_PROCESS}

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "pairs"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_ENGINE = "viewer.access.session_store"
SESSION_COOKIE_AGE = 30 * 86_400
AUTHENTICATION_BACKENDS = [
    "viewer.accounts.password_limits.SignInLimits",  # locks out clients after repeated failures
    "django.contrib.auth.backends.ModelBackend",
]
if OIDC:
    AUTHENTICATION_BACKENDS.append("viewer.sso.oidc.OidcBackend")
    # names are mozilla-django-oidc's; viewer/sso/oidc.py reads the rest from the provider
    OIDC_RP_CLIENT_ID = OIDC.client_id
    OIDC_RP_CLIENT_SECRET = OIDC.client_secret
    OIDC_RP_SCOPES = "openid profile email"
    OIDC_USE_PKCE = True
    OIDC_MAX_STATES = 10  # started sign-ins per browser
    OIDC_AUTHENTICATION_CALLBACK_URL = "oidc-callback"
    OIDC_TIMEOUT = 5  # seconds
# As strong as PBKDF2 with its million rounds, and four times as fast. A password stored with
# another hasher is hashed again at the next sign-in.
PASSWORD_HASHERS = [
    f"viewer.accounts.password_hashing.{name}PasswordHasher" for name in ("Scrypt", "PBKDF2")
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_CLIENT_IP_CALLABLE = "viewer.accounts.password_limits.axes_address"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_WHITELIST_CALLABLE = "viewer.sso.views.is_sso_attempt"  # counted by failed_attempts.py
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True  # sign-ins are in our own audit log
AXES_ENABLE_ADMIN = False  # viewer/admin.py
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = [
    "axes.W002",  # sign_in.py reports the lock-out itself
    "security.W003",  # viewer.http.middleware.CsrfByOrigin extends Django's
    "security.W002",  # viewer.http.middleware.page_headers denies frames
    "security.W005",  # whether subdomains have TLS,
    "security.W021",  # and whether browsers preload it, is the operator's decision
]

# -- safety -----------------------------------------------------------------------------------

# browsers send a host's cookies to all of its ports, so each server has its own names;
# under TLS only this host can set them
_COOKIES = f"{'__Host-' if HTTPS else ''}viewer_{{}}_{environment.port_of(PUBLIC_URL)}"
SESSION_COOKIE_NAME = _COOKIES.format("session")
CSRF_COOKIE_NAME = _COOKIES.format("csrf")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]  # requested from the machine itself
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if HTTPS else []

# -- files and logs ---------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".static"
STATICFILES_DIRS = [BASE_DIR / "static"]
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o755  # root collects them, the server's user reads them
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "viewer.http.static_files.StaticStorage"},
}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "viewer.http.request_id.RequestId"},
        "without_strangers": {"()": "viewer.config.log_formats.PeerErrorFilter"},
    },
    "formatters": {
        "text": {
            "()": "viewer.config.log_formats.TextFormatter",
            "format": "{levelname} {name} [{request_id}]: {message}",
            "style": "{",
        },
        "json": {
            "()": "viewer.config.log_formats.JsonFormatter",
            "format": "{levelname}{name}{request_id}{message}",
            "style": "{",
            "timestamp": True,
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["request_id", "without_strangers"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # request lines contain keys and must not be logged
    "loggers": {
        "django": {"handlers": []},  # with DEBUG, Django's own handler would log without masking
        "django.request": {"level": "CRITICAL"},
        # A traceback or the headers for each refused request would let strangers fill the disk.
        "django.security": {"level": "CRITICAL"},
        "axes": {"level": "ERROR"},  # wrong passwords are in the audit log
        "django.db.backends": {"level": "INFO"},  # DEBUG logs the values of each statement
        "daphne": {"level": "ERROR"},
        "uvicorn": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
        "uvicorn.access": {"level": "CRITICAL"},
        "websockets": {"level": "INFO"},  # DEBUG logs request lines and cookies
    },
}
