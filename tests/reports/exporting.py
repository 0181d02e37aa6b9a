"""What the tests of exports share: asking, looking, fetching."""

import csv
import io

from portfolio.reports.exporting import files
from tests import clients

ADDRESS = "/api/v1/projects/?format=csv"


def asked(client, address=ADDRESS):
    response = clients.post(client, "/api/v1/exports/", {"address": address})
    assert response.status_code == 201, response.content
    return response.json()


def told(client, pk):
    return client.get(f"/api/v1/exports/{pk}/").json()


def fetched(client, pk) -> bytes:
    response = client.get(f"/api/v1/exports/{pk}/file/")
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def rows_of(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def kept() -> list[str]:
    return [path.name for path in files.folder().iterdir()]
