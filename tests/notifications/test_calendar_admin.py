"""The pages on which a person makes and revokes calendar addresses."""

import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.test import Client

from notifications.calendar.models import CalendarFeed
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return factories.MembershipFactory().user


def made_by(client, name="手机"):
    return pages.save(client, pages.add_url(CalendarFeed), name=name)


def test_the_new_address_is_shown_in_the_answer_and_works(person):
    shown = made_by(pages.signed_in(person))
    address = shown.context["address"]
    assert shown.status_code == 200
    assert address in shown.content.decode()
    assert Client().get("/calendar/" + address.rsplit("/", 1)[1]).status_code == 200


def test_the_address_is_kept_nowhere_on_its_way(person):
    client = pages.signed_in(person)
    shown = made_by(client)
    secret = shown.context["address"].rsplit("/", 1)[1].removesuffix(".ics")
    assert "no-store" in shown.headers["Cache-Control"]
    assert secret not in str(shown.cookies)
    assert list(get_messages(shown.wsgi_request)) == []
    assert all(secret not in str(session.get_decoded()) for session in Session.objects.all())
    feed = CalendarFeed.objects.get()
    for page in (pages.list_url(CalendarFeed), pages.url(feed), pages.url(feed, "history")):
        content = client.get(page).content.decode()
        assert secret not in content
        assert feed.digest not in content


def test_the_eleventh_address_is_refused_in_words(person):
    client = pages.signed_in(person)
    factories.CalendarFeedFactory.create_batch(10, user=person)
    assert "10 个使用中的日历订阅" in pages.errors(made_by(client))


def test_the_chosen_addresses_are_revoked(person):
    client, feed = pages.signed_in(person), factories.CalendarFeedFactory(user=person)
    other = factories.CalendarFeedFactory()
    chosen = {"action": "revoke", "_selected_action": [feed.pk, other.pk]}
    assert client.post(pages.list_url(CalendarFeed), chosen).status_code == 302
    feed.refresh_from_db()
    other.refresh_from_db()
    assert feed.revoked_at is not None
    assert other.revoked_at is None
    again = client.post(pages.list_url(CalendarFeed), chosen, follow=True)
    assert "该日历订阅已停用" in again.content.decode()


def test_the_addresses_of_others_are_not_listed(person):
    factories.CalendarFeedFactory(name="别人的手机")
    page = pages.signed_in(person).get(pages.list_url(CalendarFeed))
    assert "别人的手机" not in page.content.decode()
