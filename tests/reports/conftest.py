"""What these tests share with those of the outbox: a real mail server."""

from tests.notifications.conftest import mail_by_smtp, smtp

__all__ = ["mail_by_smtp", "smtp"]
