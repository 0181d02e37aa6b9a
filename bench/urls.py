from django.urls import path

from bench import rivals
from portfolio.urls import urlpatterns as served

urlpatterns = [
    *served,
    path("bench/bare/", rivals.bare),
    path("bench/plain/", rivals.PlainViewSet.as_view({"get": "list"})),
]
