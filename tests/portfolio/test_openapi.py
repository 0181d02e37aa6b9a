"""The OpenAPI document is complete, committed, and readable without the internet."""

from pathlib import Path

import pytest
import yaml
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def schema():
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_committed_document_says_what_the_code_does(schema):
    committed = yaml.load(COMMITTED.read_text(), Loader=FAST)
    assert committed == _plain(schema), "run: make docs"


def _plain(value):
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, int | float | bool | None) else str(value)


@pytest.mark.long
def test_the_document_is_valid_openapi_3_1(schema):
    assert schema["openapi"].startswith("3.1")
    validate_schema(_plain(schema))


def test_every_operation_names_its_errors(schema):
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert "400" in operation["responses"], (path, method)
            problem = operation["responses"]["400"]["content"]
            assert list(problem) == ["application/problem+json"], (path, method)


def test_a_patch_asks_for_the_etag(schema):
    patches = [
        (path, operations["patch"])
        for path, operations in schema["paths"].items()
        if "patch" in operations and not path.endswith("/bulk/")  # there each row bears its version
    ]
    assert len(patches) >= 10
    for path, operation in patches:
        names = {parameter["name"] for parameter in operation["parameters"]}
        assert "If-Match" in names, path
        assert {"412", "428"} <= operation["responses"].keys(), path


@pytest.mark.django_db
def test_the_docs_page_needs_nothing_from_elsewhere():
    page = Client().get("/api/docs/").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert 'src="http' not in page
    assert 'href="http' not in page
