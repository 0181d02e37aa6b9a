"""The real settings with the rivals' addresses added."""

from portfolio.settings import *

ROOT_URLCONF = "bench.urls"
