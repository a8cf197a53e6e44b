import io
import tarfile


def build(make):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        link = tarfile.TarInfo("workspace/notebooks")
        link.type, link.linkname = tarfile.SYMTYPE, make.text("@@OUTSIDE@@")
        archive.addfile(link)
        member = tarfile.TarInfo(make.text("workspace/notebooks/@@MARK@@"))
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    return raw.getvalue()
