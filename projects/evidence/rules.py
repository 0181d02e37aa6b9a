"""What a file is, read off its content, and which files are taken as evidence.

A name can say anything; the first bytes, the last ones and the parts in between cannot. Whatever
is two things at once, carries macros, is locked by a password or cut short is refused.
"""

import io
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

# Extension → the type that it is served as.
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
}
ALIASES = {"jpeg": "jpg"}
LONGEST_NAME = 120

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
PDF = b"%PDF-"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
ZIP_END = b"PK\x05\x06"
ZIP_END_SPAN = 65_557  # the end record and the longest comment
SCRIPTS = (b"<script", b"<html", b"<svg", b"<?php")
SCANNED = 4096
MOST_PARTS = 5000
LONGEST_DIRECTORY = 1024 * 1024  # bytes of the list of an archive's parts
MOST_UNPACKED = 300 * 1024 * 1024
DIRECTORY_ENTRY = 128  # bytes of an entry in the directory of an OLE file


class UnfitFileError(Exception):
    """The content is not taken; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class FileType:
    """What was read off the content."""

    extension: str
    content_type: str


def check_file(name: str, content: bytes) -> FileType:
    """Returns what the file is; raises ``UnfitFileError`` with one of the codes ``empty
    unknown_type type_mismatch damaged polyglot macros encrypted too_many_parts``."""
    if not content:
        raise UnfitFileError("empty")
    kinds = _kinds(content)
    said = extension_of(name)
    if said not in CONTENT_TYPES:
        raise UnfitFileError("unknown_type")
    if said not in kinds:
        raise UnfitFileError("type_mismatch" if kinds else "unknown_type")
    _refuse_polyglot(said, content)
    return FileType(said, CONTENT_TYPES[said])


def extension_of(name: str) -> str:
    """Returns the extension in lower case, ``jpeg`` as ``jpg``; "" where there is none."""
    extension = PurePosixPath(name.replace("\\", "/")).suffix.removeprefix(".").lower()
    return ALIASES.get(extension, extension)


def sanitize_name(name: str) -> str:
    """Returns the name without folders, without invisible characters or such as turn the
    direction of writing, and without what file systems forbid; it keeps its extension."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(
        each for each in base if unicodedata.category(each)[0] != "C" and each not in '<>:"|?*'
    )
    stem, dot, extension = " ".join(kept.split()).rpartition(".")
    if not dot:
        stem, extension = extension, ""
    stem = stem.strip(". ") or "evidence"
    stem = stem[: LONGEST_NAME - len(extension) - 1]
    return f"{stem}.{extension}" if extension else stem


def _kinds(content: bytes) -> frozenset[str]:
    """Returns what the content can pass for; an office file may have another inside it."""
    if content.startswith(PDF):
        if b"%%EOF" not in content[-1024:]:
            raise UnfitFileError("damaged")
        return frozenset({"pdf"})
    if content.startswith(PNG):
        _check_png(content)
        return frozenset({"png"})
    if content.startswith(JPEG):
        # Phones append previews, so only the end as such is asked for.
        if b"\xff\xd9" not in content[SCANNED // 64 :]:
            raise UnfitFileError("damaged")
        return frozenset({"jpg"})
    if content.startswith(OLE):
        return _ole_kinds(content)
    if content.startswith(ZIP):
        return _zip_kinds(content)
    return frozenset()


def _check_png(content: bytes) -> None:
    """Walks the chunks: from the header to the end mark, each with its checksum, nothing after."""
    position, first = len(PNG), True
    while position + 12 <= len(content):
        size = int.from_bytes(content[position : position + 4], "big")
        kind = content[position + 4 : position + 8]
        end = position + 12 + size
        if end > len(content) or (first and kind != b"IHDR"):
            raise UnfitFileError("damaged")
        checksum = int.from_bytes(content[end - 4 : end], "big")
        if zlib.crc32(memoryview(content)[position + 4 : end - 4]) != checksum:
            raise UnfitFileError("damaged")
        if kind == b"IEND":
            if end != len(content):
                raise UnfitFileError("polyglot")
            return
        position, first = end, False
    raise UnfitFileError("damaged")


def _ole_kinds(content: bytes) -> frozenset[str]:
    if _has_entry(content, "EncryptedPackage"):
        raise UnfitFileError("encrypted")
    if _has_entry(content, "_VBA_PROJECT") or _has_entry(content, "_VBA_PROJECT_CUR"):
        raise UnfitFileError("macros")
    kinds = set()
    if _has_entry(content, "WordDocument"):
        kinds.add("doc")
    if _has_entry(content, "Workbook") or _has_entry(content, "Book"):
        kinds.add("xls")
    return frozenset(kinds)


def _has_entry(content: bytes, name: str) -> bool:
    """Returns whether the directory of the OLE file names this stream; its entries are aligned."""
    wanted = name.encode("utf-16-le") + b"\0\0"
    found = content.find(wanted, 512)
    while found != -1:
        if found % DIRECTORY_ENTRY == 0:
            return True
        found = content.find(wanted, found + 1)
    return False


def _zip_kinds(content: bytes) -> frozenset[str]:
    end = content.rfind(ZIP_END, max(0, len(content) - ZIP_END_SPAN))
    if end == -1 or end + 22 > len(content):
        raise UnfitFileError("damaged")
    if int.from_bytes(content[end + 12 : end + 16], "little") > LONGEST_DIRECTORY:
        raise UnfitFileError("too_many_parts")  # told before the list of parts is read
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise UnfitFileError("damaged") from error
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names:
        return frozenset()  # an archive, which could hold anything
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise UnfitFileError("too_many_parts")
    if any(part.flag_bits & 1 for part in parts):
        raise UnfitFileError("encrypted")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise UnfitFileError("macros")
    if len(names) != len(parts) or min(part.header_offset for part in parts) != 0:
        raise UnfitFileError("polyglot")
    main = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
    return frozenset(kind for kind, part in main.items() if part in names)


def _refuse_polyglot(kind: str, content: bytes) -> None:
    zipped = kind in ("docx", "xlsx")
    end = content.rfind(ZIP_END, max(0, len(content) - ZIP_END_SPAN))
    if zipped:
        comment = int.from_bytes(content[end + 20 : end + 22], "little")
        if end + 22 + comment != len(content):
            raise UnfitFileError("polyglot")
    elif end != -1 and kind in ("pdf", "jpg", "png"):
        raise UnfitFileError("polyglot")
    if kind != "pdf" and PDF in content[:1024]:
        raise UnfitFileError("polyglot")
    if kind in ("jpg", "png") and _has_script(content):
        raise UnfitFileError("polyglot")


def _has_script(content: bytes) -> bool:
    ends = (content[:SCANNED] + content[-SCANNED:]).lower()
    return any(mark in ends for mark in SCRIPTS)
