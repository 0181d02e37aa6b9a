"""The rulebook of evidence files: what is taken, what is refused, who may see it."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from projects.evidence import services as evidence
from projects.evidence.models import EvidenceFile
from projects.evidence.rules import UnfitFileError, check_file, sanitize_name
from tests import clients, factories

FILES = "/api/v1/evidence-files/"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 100 + b"\xff\xd9"


def png(*, trailing: bytes = b"", data: bytes = b"") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", data or zlib.compress(b"\x00\x00"))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"") + trailing


def archive(*names: str, comment: bytes = b"") -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as made:
        for name in names:
            made.writestr(name, "<xml/>")
        made.comment = comment
    return kept.getvalue()


def ole(*streams: str) -> bytes:
    """An OLE file as far as anybody looks: the header, and a directory of 128-byte entries."""
    entries = b"".join((name.encode("utf-16-le") + b"\0\0").ljust(128, b"\0") for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entries


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")
DOC = ole("Root Entry", "WordDocument")
XLS = ole("Root Entry", "Workbook")

TAKEN = {
    "验收单.pdf": (PDF, "application/pdf"),
    "现场.jpg": (JPEG, "image/jpeg"),
    "现场.JPEG": (JPEG, "image/jpeg"),
    "图.png": (png(), "image/png"),
    "报告.docx": (
        DOCX,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "表.xlsx": (XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "报告.doc": (DOC, "application/msword"),
    "表.xls": (XLS, "application/vnd.ms-excel"),
    # A report with a table inside it is still a report.
    "内嵌.doc": (ole("Root Entry", "WordDocument", "Workbook"), "application/msword"),
}
REFUSED = [
    ("空.pdf", b"", "empty"),
    ("程序.exe", b"MZ" + b"\0" * 100, "unknown_type"),
    ("无扩展名", PDF, "unknown_type"),
    ("资料.zip", archive("a.txt"), "unknown_type"),
    ("资料.docx", archive("a.txt"), "unknown_type"),
    ("网页.pdf", b"<html><script>alert(1)</script></html>", "unknown_type"),
    ("程序.pdf", b"MZ" + b"\0" * 100, "unknown_type"),
    ("改名.pdf", JPEG, "type_mismatch"),
    ("改名.jpg", PDF, "type_mismatch"),
    ("改名.xlsx", DOCX, "type_mismatch"),
    ("改名.xls", XLSX, "type_mismatch"),
    ("改名.docx", DOC, "type_mismatch"),
    ("双扩展名.pdf.exe", PDF, "unknown_type"),
    ("截断.pdf", b"%PDF-1.7\n1 0 obj", "damaged"),
    ("截断.jpg", JPEG[:-2], "damaged"),
    ("截断.png", png()[:-5], "damaged"),
    ("改动.png", png().replace(b"IDAT", b"IDAX"), "damaged"),
    ("截断.docx", DOCX[:-30], "damaged"),
    ("夹带.png", png(trailing=archive("a.txt")), "polyglot"),
    ("夹带.png", png(trailing=b"<script>"), "polyglot"),
    ("夹带.png", png(data=b"<?php system(1); ?>"), "polyglot"),
    ("夹带.jpg", JPEG + archive("a.txt"), "polyglot"),
    ("夹带.jpg", JPEG[:20] + b"<script>" + JPEG[20:], "polyglot"),
    ("夹带.jpg", JPEG[:20] + PDF + JPEG[20:], "polyglot"),
    ("夹带.pdf", PDF + archive("a.txt") + b"%%EOF", "polyglot"),
    ("夹带.docx", archive("a.txt") + DOCX, "polyglot"),
    ("夹带.docx", archive("[Content_Types].xml", "word/document.xml") + PDF, "polyglot"),
    (
        "宏.docx",
        archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        "macros",
    ),
    ("宏.doc", ole("Root Entry", "WordDocument", "_VBA_PROJECT"), "macros"),
    ("加密.docx", ole("Root Entry", "EncryptedPackage"), "encrypted"),
]


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_and_as_what(name):
    content, content_type = TAKEN[name]
    assert check_file(name, content).content_type == content_type


@pytest.mark.parametrize(("name", "content", "code"), REFUSED)
def test_what_is_refused_and_why(name, content, code):
    with pytest.raises(UnfitFileError) as refusal:
        check_file(name, content)
    assert refusal.value.code == code


def test_an_archive_of_many_parts_is_refused_before_its_list_is_read():
    many = archive("[Content_Types].xml", *(f"word/{'x' * 200}{n}" for n in range(5001)))
    with pytest.raises(UnfitFileError, match="too_many_parts"):
        check_file("表.docx", many)


def test_an_archive_that_unpacks_to_far_more_is_refused():
    bomb = bytearray(archive("[Content_Types].xml", "word/document.xml"))
    directory = bomb.rindex(b"PK\x01\x02")
    bomb[directory + 24 : directory + 28] = (4_000_000_000).to_bytes(4, "little")
    with pytest.raises(UnfitFileError, match="too_many_parts"):
        check_file("表.docx", bytes(bomb))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("验收单.pdf", "验收单.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\文件\\验收单.pdf", "验收单.pdf"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("验收\u202efdp.pdf", "验收fdp.pdf"),
        ('a<b>:"c|?*.pdf', "abc.pdf"),
        ("  多  空格 .pdf", "多 空格.pdf"),
        ("..pdf", "evidence.pdf"),
        (".pdf", "evidence.pdf"),
        ("", "evidence"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(name, kept):
    assert sanitize_name(name) == kept


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, db):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def send(client, project, name="验收单.pdf", content=PDF, **fields):
    file = SimpleUploadedFile(name, content, content_type="text/html")
    return client.post(FILES, {"project": project.pk, "file": file, **fields})


def kept_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestSending:
    def test_a_file_is_kept_under_a_name_of_the_systems_own(self, folder):
        project = factories.ProjectFactory()
        response = send(clients.reporter_of(project.lead_department), project)
        assert response.status_code == 201, response.json()
        row = response.json()
        assert (row["name"], row["content_type"], row["size"]) == (
            "验收单.pdf",
            "application/pdf",
            len(PDF),
        )
        assert len(row["sha256"]) == 64
        [path] = kept_in(folder)
        assert path.read_bytes() == PDF
        assert path.suffix == ".pdf"
        assert "验收单" not in path.name

    @pytest.mark.parametrize(("name", "content", "code"), REFUSED[:6])
    def test_what_is_refused_leaves_nothing_behind_and_says_what_to_do(
        self, folder, name, content, code
    ):
        response = send(clients.administrator(), factories.ProjectFactory(), name, content)
        assert response.status_code == 400
        assert clients.errors_of(response) == {"/file": code}
        assert kept_in(folder) == []
        assert EvidenceFile.objects.count() == 0

    def test_the_words_name_the_types_that_are_taken(self):
        response = send(clients.administrator(), factories.ProjectFactory(), "a.zip", archive("a"))
        message = response.json()["errors"][0]["message"]
        assert "zip" in message
        assert "pdf, jpg, png, docx, xlsx, doc, xls" in message

    def test_a_file_beyond_the_limit_is_refused_with_the_limit(self, settings):
        settings.EVIDENCE_MAX_MB = 1
        content = PDF[:-6] + b" " * 1024 * 1024 + b"%%EOF\n"
        response = send(clients.administrator(), factories.ProjectFactory(), content=content)
        assert clients.errors_of(response) == {"/file": "too_large"}
        assert "1 MB" in response.json()["errors"][0]["message"]

    def test_a_body_beyond_ten_megabytes_is_not_even_read(self):
        content = PDF[:-6] + b" " * 11 * 1024 * 1024 + b"%%EOF\n"
        response = send(clients.administrator(), factories.ProjectFactory(), content=content)
        assert response.status_code == 413

    def test_a_file_is_needed_and_one_only(self):
        project = factories.ProjectFactory()
        client = clients.administrator()
        missing = client.post(FILES, {"project": project.pk})
        assert clients.errors_of(missing) == {"/file": "required"}
        two = [SimpleUploadedFile(f"{n}.pdf", PDF) for n in range(2)]
        both = client.post(FILES, {"project": project.pk, "file": two})
        assert clients.errors_of(both) == {"/file": "duplicate"}

    @pytest.mark.parametrize("field", ["content_type", "sha256", "size", "uploaded_by", "colour"])
    def test_what_the_system_reads_off_itself_is_not_to_be_given(self, field):
        response = send(clients.administrator(), factories.ProjectFactory(), **{field: "1"})
        assert clients.errors_of(response) == {f"/{field}": "unknown_field"}

    @pytest.mark.parametrize(
        "content_type", ["application/json", "multipart/form-data; boundary=a"]
    )
    def test_nothing_at_all_is_no_file(self, content_type):
        response = clients.administrator().post(FILES, b"", content_type=content_type)
        assert response.status_code == 400

    def test_it_is_sent_as_a_form(self):
        response = clients.post(clients.administrator(), FILES, {"project": 1})
        assert response.status_code == 415


class TestWhatItProves:
    def test_a_thing_of_the_project(self):
        milestone = factories.MilestoneFactory()
        response = send(
            clients.administrator(),
            milestone.project,
            subject_kind="milestone",
            subject_id=milestone.pk,
        )
        assert response.status_code == 201, response.json()
        client = clients.viewer()
        query = f"?subject_kind=milestone&subject_id={milestone.pk}"
        assert client.get(FILES + query).json()["count"] == 1

    def test_a_thing_of_another_project_it_does_not_prove(self):
        response = send(
            clients.administrator(),
            factories.ProjectFactory(),
            subject_kind="milestone",
            subject_id=factories.MilestoneFactory().pk,
        )
        assert clients.errors_of(response) == {"/subject_id": "does_not_exist"}

    @pytest.mark.parametrize(
        ("fields", "errors"),
        [
            ({"subject_kind": "milestone"}, {"/subject_id": "required"}),
            ({"subject_id": "1"}, {"/subject_kind": "required"}),
            ({"subject_kind": "colour", "subject_id": "1"}, {"/subject_kind": "invalid_choice"}),
        ],
    )
    def test_kind_and_number_go_together(self, fields, errors):
        response = send(clients.administrator(), factories.ProjectFactory(), **fields)
        assert clients.errors_of(response) == errors

    def test_every_kind_knows_its_way_to_the_project(self):
        project = factories.ProjectFactory()
        for kind in evidence.SUBJECTS:
            response = send(
                clients.administrator(), project, subject_kind=str(kind), subject_id="999999"
            )
            assert clients.errors_of(response) == {"/subject_id": "does_not_exist"}


class TestServing:
    def made(self, name="验收单.pdf", content=PDF):
        project = factories.ProjectFactory()
        row = send(clients.administrator(), project, name, content).json()
        return project, f"{FILES}{row['id']}/content/"

    def test_it_is_always_a_download(self):
        project, path = self.made()
        response = clients.reporter_of(project.lead_department).get(path)
        assert response.status_code == 200
        assert b"".join(response.streaming_content) == PDF
        assert response.headers["Content-Type"] == "application/pdf"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "private, no-store"

    def test_whatever_the_client_says_it_accepts(self):
        _project, path = self.made()
        response = clients.viewer().get(path, headers={"Accept": "application/pdf"})
        assert response.status_code == 200

    def test_only_to_who_may_see_it(self):
        _project, path = self.made()
        assert clients.Client().get(path).status_code == 401
        assert clients.reporter_of(factories.DepartmentFactory()).get(path).status_code == 404
        assert clients.supervisor().get(path).status_code == 200

    def test_the_folder_itself_has_no_address(self, folder):
        self.made()
        [path] = kept_in(folder)
        inside = path.relative_to(folder)
        for root in ("/", "/media/", "/static/"):
            assert clients.administrator().get(f"{root}{inside}").status_code == 404

    def test_a_file_that_is_gone_is_a_404_not_a_crash(self, folder):
        _project, path = self.made()
        for each in kept_in(folder):
            each.unlink()
        assert clients.administrator().get(path).status_code == 404


class TestWhoMay:
    @pytest.mark.parametrize(
        ("role", "status"),
        [("reporter", 201), ("head", 201), ("judge", 403), ("leader", 403), ("viewer", 403)],
    )
    def test_the_lead_department_sends(self, role, status):
        project = factories.ProjectFactory()
        user = factories.MembershipFactory(role=role, department=project.lead_department).user
        assert send(clients.signed_in(user), project).status_code == status

    def test_supporting_departments_and_supervisors_send_too(self):
        project = factories.ProjectFactory()
        supporting = factories.DepartmentFactory()
        project.supporting_departments.add(supporting)
        assert send(clients.reporter_of(supporting), project).status_code == 201
        assert send(clients.supervisor(), project).status_code == 201

    def test_a_strangers_file_is_not_kept(self, folder):
        stranger = clients.reporter_of(factories.DepartmentFactory())
        assert send(stranger, factories.ProjectFactory()).status_code == 403
        assert kept_in(folder) == []

    @pytest.mark.parametrize("method", ["patch", "put", "delete"])
    def test_nobody_changes_or_removes_it(self, method):
        row = factories.EvidenceFileFactory()
        response = getattr(clients.administrator(), method)(f"{FILES}{row.pk}/")
        assert response.status_code == 405


def test_the_same_form_sent_twice_under_one_key_is_one_file(folder):
    project = factories.ProjectFactory()
    client = clients.administrator()

    def send_with_key(content: bytes):
        file = SimpleUploadedFile("验收单.pdf", content)
        body = {"project": project.pk, "file": file}
        return client.post(FILES, body, headers={"Idempotency-Key": "once"})

    first, second = send_with_key(PDF), send_with_key(PDF)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert len(kept_in(folder)) == 1
    assert send_with_key(PDF.replace(b"1.7", b"1.6")).status_code == 409
