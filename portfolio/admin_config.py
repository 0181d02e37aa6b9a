"""Puts the city's admin site in the place of Django's default one."""

from django.contrib.admin.apps import AdminConfig


class PortfolioAdminConfig(AdminConfig):
    default_site = "portfolio.admin_site.CityAdminSite"
