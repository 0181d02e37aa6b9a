"""The real settings with the rivals' addresses added."""

from portfolio.settings import *  # noqa: F403  # that is what it is: the same, and more

ROOT_URLCONF = "bench.urls"
