"""What a bulletin says first and last: that it is made of synthetic projects, what it rests on."""

import datetime as dt
import re

import pytest

from portfolio.core import clock
from tests import factories
from tests.reports import test_bulletin
from tests.reports.test_bulletin import MORNING, document, rows, text

pytestmark = pytest.mark.django_db
client, drawn, october = test_bulletin.client, test_bulletin.drawn, test_bulletin.october


def test_synthetic_projects_are_told_of_first_and_last(client):
    with clock.at(MORNING - dt.timedelta(days=30)):
        factories.ProjectFactory(synthetic=True)
        factories.ProjectFactory()
    first, *_rest = re.findall("【模拟数据】.*", text(client))
    assert first.startswith("【模拟数据】在库的2个重大项目中有1个是模拟项目")
    assert rows(client, "portfolio-summary", as_of="2025-10-09")[0]["synthetic"] == 1
    assert "其中1个模拟项目的数据均为虚构" in text(client)


def test_of_real_projects_alone_nothing_is_called_synthetic(client):
    factories.ProjectFactory()
    assert "模拟" not in text(client)
    assert "截至2025年9月30日，按2025年10月9日所报。" in text(client)


def test_the_last_of_the_text_goes_along_with_the_imprint(client):
    """The page of the imprint is measured in test_bulletin_imprint.py; this is what makes it so."""
    paragraphs = document(client).paragraphs
    place = next(n for n, each in enumerate(paragraphs) if each.text.startswith("本通报数据"))
    assert all(each.paragraph_format.keep_with_next for each in paragraphs[place:-1])
    assert paragraphs[-1]._p.xpath(".//wp:anchor")
