"""Every page with something on it: whole, by axe's rules, on a narrow screen, in Chinese."""

from urllib.parse import urlsplit

import pytest
from django.urls import resolve
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE
from tests.browser.looking import check_accessible, check_chinese, check_fits, check_targets
from tests.browser.scene import Scene, names_of_pages

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(transactional_db, settings, tmp_path) -> Scene:
    settings.MEDIA_ROOT = tmp_path
    return Scene()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_every_page_is_accessible_fits_and_is_chinese(scene, sign_in, part, size):
    """A new page is looked at by itself; one with arguments asks for its line in the scene."""
    addresses = scene.addresses()
    assert addresses.keys() == names_of_pages()
    page = sign_in(scene.administrator, size)
    found = []
    for name in sorted(addresses)[part::3]:
        for address in addresses[name]:
            page.goto(address)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            opened = resolve(urlsplit(page.url).path).url_name
            assert opened == name, f"{address} led to {page.url}"
            found += complaints(page)
    assert not found, "\n".join(found)


def complaints(page) -> list[str]:
    """Returns what is wrong with the page, so that one run tells of all pages."""
    found = []
    # The last one unfolds what the others should see as it is.
    for check in (check_accessible, check_fits, check_targets, check_chinese):
        try:
            check(page)
        except AssertionError as error:
            found.append(str(error))
    return found
