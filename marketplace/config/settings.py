"""Settings of the whole site. Every value that differs between machines comes from `environment`."""

from __future__ import annotations

from uuid import UUID

from csp.constants import NONCE

from marketplace.config import environment as env

BASE_DIR = env.BASE_DIR
VAR_DIR = env.var_dir()

# ------------------------------------------------------------------------------------------------ the service
DEBUG = env.flag("DEBUG", default=False)
SITE_URL = env.text("SITE_URL", f"http://127.0.0.1:{env.text('PORT', '8000')}")
SECRET_KEY = env.text("SECRET_KEY")  # the process manager makes and keeps one in var/ where none is given
ALLOWED_HOSTS = env.text("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "marketplace.config.urls"
ASGI_APPLICATION = "marketplace.config.asgi.application"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "channels",
    "django_vite",
    "ledger",
    "production",
    "marketplace",
    "marketplace.accounts",
    "marketplace.catalogue",
    "marketplace.packs",
    "marketplace.licensing",
    "marketplace.checkout",
    "marketplace.subscriptions",
    "marketplace.reports",
    "marketplace.labels",
    "marketplace.dashboards",
    "marketplace.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "marketplace.config.context.site",
            ],
        },
    }
]

# ----------------------------------------------------------------------------------------------- the database
# Two roles: the owner migrates, the site's own may insert facts and never change them.
DATABASE_URL = env.text("DATABASE_URL")
OWNER_DATABASE_URL = env.text("OWNER_DATABASE_URL", DATABASE_URL)
DATABASES = {"default": env.database(OWNER_DATABASE_URL if env.flag("AS_OWNER", default=False) else DATABASE_URL)}
DATABASE_SITE_ROLE = env.database(DATABASE_URL)["USER"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ------------------------------------------------------------------------------------------- queue and channels
REDIS_URL = env.text("REDIS_URL")
# Kombu has other words for a socket and for a database's number.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# ------------------------------------------------------------------------------------------------ people, words
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hant", "繁體中文")]
USE_I18N = True
FORMAT_MODULE_PATH = ["marketplace.config.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# ---------------------------------------------------------------------------------------------------- files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "frontend" / "dist"]
DJANGO_VITE = {"default": {"dev_mode": False, "manifest_path": BASE_DIR / "frontend" / "dist" / "manifest.json"}}
STORAGES = {
    "default": env.content_storage(env.text("CONTENT_URL"), folder=VAR_DIR / "content"),
    # Vite puts a hash into every name already, so a second manifest would only be one more thing to be missing.
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/.+-[\w-]{8}\.\w+$"

# ------------------------------------------------------------------------------------------- what a page may load
# No inline script, no inline style, nothing from elsewhere. `form-action` also rules where a form's answer may lead:
# checkout goes to Stripe's pages, or to the sandbox on this machine.
MEDIA_ORIGINS = env.text("MEDIA_ORIGINS").split()
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", NONCE],  # the nonce is for the one rule of Turbo's progress bar
        "font-src": ["'self'"],
        "img-src": ["'self'", "data:", *MEDIA_ORIGINS],
        "media-src": ["'self'", "blob:", *MEDIA_ORIGINS],
        "connect-src": ["'self'", *MEDIA_ORIGINS],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": [
            "'self'",
            "https://checkout.stripe.com",
            "https://connect.stripe.com",
            "http://127.0.0.1:*",
            "http://localhost:*",
        ],
    }
}

LEDGER_KEY_DIR = VAR_DIR / "keys"
LEDGER_ORIGIN = env.text("LEDGER_ORIGIN", "ledgerline.local/log")

# ---------------------------------------------------------------------------------------- content credentials
# A certificate chain and its key as PEM files. Without them a chain of one's own is made under var/ when first needed.
CREDENTIALS_DIR = VAR_DIR / "keys" / "credentials"
CREDENTIALS_CERTIFICATE = env.text("CREDENTIALS_CERTIFICATE")
CREDENTIALS_KEY = env.text("CREDENTIALS_KEY")
CREDENTIALS_TRUST = env.text("CREDENTIALS_TRUST")  # further roots that are believed when a file is checked, as PEM
CREDENTIALS_TIMESTAMP_URL = env.text("CREDENTIALS_TIMESTAMP_URL")  # nobody is asked for the time unless this says so

# ----------------------------------------------------------------------------------------------------- mail
EMAIL_IS_SMTP = bool(env.text("EMAIL_HOST"))
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_IS_SMTP else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = int(env.text("EMAIL_PORT", "587"))
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=True)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Ledgerline <hello@ledgerline.local>")

# ------------------------------------------------------------------------------------------------ money, rights
PLATFORM_PARTY_ID = UUID(env.text("PLATFORM_PARTY_ID", "01900000-0000-7000-8000-000000000001"))
COMMISSION_PPM = int(env.text("COMMISSION_PPM", "150000"))
GENERATION_UPSTREAM_PPM = 300_000  # published policy: what a generated element sends to its declared inputs
RECOMMENDABLE = "marketplace.create.offered.recommendable"  # what may stand beside proposals, as the shop says it
# So long whoever is named in a measured contribution may contest it before the element goes on sale.
CONTRIBUTION_HEARING_HOURS = int(env.text("CONTRIBUTION_HEARING_HOURS", "24"))
# Money of an invited party waits so many months from the invitation, and no statement's money less than the least.
ESCROW_MONTHS = int(env.text("ESCROW_MONTHS", "36"))
ESCROW_MONTHS_LEAST = int(env.text("ESCROW_MONTHS_LEAST", "12"))
ESCROW_REMINDER_DAYS = 90  # how long before it goes on the party is reminded, once
ESCROW_NOTICE_DAYS = 30  # nothing goes on sooner after the reminder
TRIAL_REMINDER_DAYS = 3  # how long before the first fee of a trial its subscriber is written to
REFUND_WINDOW_DAYS = int(env.text("REFUND_WINDOW_DAYS", "14"))
CLAIM_ANSWER_DAYS = int(env.text("CLAIM_ANSWER_DAYS", "14"))
PAYOUT_MINIMUM_MINOR = int(env.text("PAYOUT_MINIMUM_MINOR", "100"))
TAX_PPM = int(env.text("TAX_PPM", "0"))  # tax contained in prices, as parts per million of the net price
SWEEP_ORDERS_MAX = 200

# ------------------------------------------------------------------------------------------ payment processor
# With a real key every call goes to Stripe. Without one, the sandbox on this machine keeps its own key in this file.
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")  # several with commas: the account's and Connect's
STRIPE_API_BASE = env.text("STRIPE_API_BASE")
STRIPE_SANDBOX_KEY_FILE = VAR_DIR / "keys" / "sandbox.json"
SANDBOX_URL = env.text("SANDBOX_URL", f"http://127.0.0.1:{int(env.text('PORT', '8000')) + 1}")

# ------------------------------------------------------------------------------------------------------ safety
# Behind https the browser is told to stay there; on a machine of one's own there is no certificate to insist on.
IS_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024  # one chunk of an upload and its envelope; forms are far smaller
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# -------------------------------------------------------------------------------------------------- what broke
# A page that breaks says that it was written down: here, with its traceback, among the lines of the web process.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR"}},
}
