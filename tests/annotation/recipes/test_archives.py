"""An archive is unpacked below its folder, or not at all."""

import errno
import io
import os
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.recipes import archives
from annotation.recipes.archives import extract_archive, safe_member
from annotation.recipes.rows import RecipeError


def zip_of(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def tar_of(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content
                archive.addfile(info)
    return path


def unpack(archive, tmp_path, **limits):
    target = tmp_path / "target"
    target.mkdir(exist_ok=True)
    count = extract_archive(str(archive), str(target), limits)
    found = {str(p.relative_to(target)): p.read_bytes() for p in target.rglob("*") if p.is_file()}
    assert len(found) == count
    return found


def refusal(archive, tmp_path, **limits):
    with pytest.raises(RecipeError) as caught:
        unpack(archive, tmp_path, **limits)
    assert not (tmp_path / "evil").exists()
    return caught.value.code


GOOD = [("a/b/c.wav", b"one"), ("d.csv", b"two")]


@pytest.mark.parametrize(
    "make",
    [
        lambda path: zip_of(path, GOOD),
        lambda path: tar_of(path, GOOD),
        lambda path: tar_of(path, GOOD, "w"),
        lambda path: tar_of(path, [(f"./{name}", content) for name, content in GOOD]),
    ],
)
def test_each_kind_of_archive_is_unpacked_whole(tmp_path, make):
    assert unpack(make(tmp_path / "archive"), tmp_path) == dict(GOOD)


BAD_NAMES = ["../evil", "/evil", "a/../../evil", "a\\..\\evil", "C:/evil", "a/\x01"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_leads_outside_is_refused(tmp_path, name):
    assert refusal(zip_of(tmp_path / "z", [(name, b"x")]), tmp_path) == "unsafe_member"
    assert refusal(tar_of(tmp_path / "t", [(name, b"x")]), tmp_path) == "unsafe_member"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path, kind):
    archive = tar_of(tmp_path / "t", [("link", (kind, "/etc/passwd"))])
    assert refusal(archive, tmp_path) == "unsafe_member"


def test_a_symbolic_link_in_a_zip_is_refused(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "z", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert refusal(tmp_path / "z", tmp_path) == "unsafe_member"


def test_a_member_that_stands_twice_is_refused(tmp_path):
    archive = tar_of(tmp_path / "t", [("a", b"1"), ("a", b"2")])
    assert refusal(archive, tmp_path) == "unsafe_member"


def test_too_many_members_are_refused(tmp_path):
    members = [(f"{n}", b"") for n in range(11)]
    assert refusal(zip_of(tmp_path / "z", members), tmp_path, max_members=10) == "archive_too_large"


def test_an_archive_that_swells_is_stopped_while_unpacking(tmp_path):
    archive = zip_of(tmp_path / "z", [("bomb", bytes(20 << 20))])
    code = refusal(archive, tmp_path, free_bytes=1 << 20)
    assert code == "archive_too_large"
    assert os.path.getsize(tmp_path / "target" / "bomb") <= 8 << 20


def test_more_bytes_than_allowed_are_refused(tmp_path):
    archive = zip_of(tmp_path / "z", [("a", os.urandom(3000))])
    assert refusal(archive, tmp_path, max_bytes=2000) == "archive_too_large"


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"PK\x03\x04 but no more"])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    assert refusal(tmp_path / "x", tmp_path) in ("not_an_archive", "bad_archive")


@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_an_archive_cut_short_is_refused(tmp_path, make):
    archive = make(tmp_path / "x", [("a", os.urandom(50_000)), ("b", os.urandom(50_000))])
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    assert refusal(archive, tmp_path) == "bad_archive"


def test_an_encrypted_member_is_refused(tmp_path):
    archive = zip_of(tmp_path / "z", [("a", b"x")])
    content = bytearray(archive.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(bytes(content))
    assert refusal(archive, tmp_path) == "encrypted_archive"


@given(st.text(alphabet="a./\\:", max_size=12))
def test_a_safe_name_never_leaves_its_folder(name):
    try:
        safe = safe_member(name)
    except RecipeError:
        return
    joined = os.path.normpath(os.path.join("/base", safe))
    assert joined == "/base" or joined.startswith("/base/")


@pytest.mark.parametrize("name", ["/".join("d" * 65), "x" * 256, "a/" + "字" * 90, "\udcff.wav"])
def test_a_name_that_no_file_can_have_is_refused(name):
    with pytest.raises(RecipeError) as caught:
        safe_member(name)
    assert caught.value.code == "unsafe_member"
    assert len(caught.value.detail) < 400 and caught.value.detail.isprintable()


def test_a_tar_with_a_name_in_an_unknown_encoding_is_refused(tmp_path):
    archive = tar_of(tmp_path / "t", [("x.wav", b"x")], "w")
    archive.write_bytes(fixed_checksum(archive.read_bytes().replace(b"x.wav", b"\xff.wav", 1)))
    assert refusal(archive, tmp_path) == "unsafe_member"


def fixed_checksum(tar: bytes) -> bytes:
    """The tar with the checksum of its first header set right."""
    header = bytearray(tar[:512])
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\x00 " % sum(header)
    return bytes(header) + tar[512:]


def test_folders_count_as_members(tmp_path):
    folders = [(f"d{n}", (tarfile.DIRTYPE, "")) for n in range(11)]
    assert refusal(tar_of(tmp_path / "t", folders), tmp_path, max_members=10) == "archive_too_large"
    archive = zip_of(tmp_path / "z", [(f"d{n}/", b"") for n in range(11)])
    assert refusal(archive, tmp_path, max_members=10) == "archive_too_large"


def test_a_file_where_a_folder_stands_is_refused_without_naming_our_own(tmp_path):
    archive = tar_of(tmp_path / "t", [("a", b"1"), ("a/b", b"2")])
    with pytest.raises(RecipeError) as caught:
        unpack(archive, tmp_path)
    assert caught.value.code == "bad_archive" and str(tmp_path) not in caught.value.detail


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_whose_compression_is_broken_is_refused(tmp_path, method):
    path = tmp_path / "z"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a", b"abcdefgh" * 5000)
        size = archive.infolist()[0].compress_size
    content = bytearray(path.read_bytes())
    start = 30 + len("a")
    content[start + size // 2 : start + size] = b"\xff" * (size - size // 2)
    path.write_bytes(bytes(content))
    assert refusal(path, tmp_path) == "bad_archive"


def test_a_full_disk_is_said_to_be_full(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(archives, "_write", full)
    assert refusal(zip_of(tmp_path / "z", GOOD), tmp_path) == "storage_full"
