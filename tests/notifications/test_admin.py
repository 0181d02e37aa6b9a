"""The admin pages of the outbox: to be read, each by those whom it concerns."""

import pytest

from notifications.models import Reminder
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db


def test_nobody_writes_the_outbox_by_hand():
    reminder = factories.ReminderFactory()
    client = pages.administrator()
    assert client.get(pages.add_url(Reminder)).status_code == 403
    assert client.post(pages.url(reminder), {"title": "x"}).status_code == 403
    assert client.post(pages.url(reminder, "delete"), {"post": "yes"}).status_code == 403
    assert client.get(pages.url(reminder)).status_code == 200
    assert client.get(pages.url(reminder.message)).status_code == 200


def test_a_reporter_sees_the_reminders_of_the_own_department_only():
    own = factories.ReminderFactory()
    other = factories.ReminderFactory()
    client = pages.reporter_of(own.department)
    found = client.get(pages.list_url(Reminder)).context["cl"].result_list
    assert list(found) == [own]
    assert client.get(pages.url(other)).status_code == 302
