"""The models of the app ``portfolio``, listed for Django; nobody imports them from here."""

from portfolio.core.api.models import AnsweredRequest

__all__ = ["AnsweredRequest"]
