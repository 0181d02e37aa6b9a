"""The door for the web server (granian speaks WSGI; the work is synchronous)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")

application = get_wsgi_application()
# What is loaded stays; else every full collection would look at all of it, amid a request.
gc.collect()
gc.freeze()
