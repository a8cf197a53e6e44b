import io
import tarfile


def build(make):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        member = tarfile.TarInfo(make.text("@@OUTSIDE@@/@@MARK@@"))
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    return raw.getvalue()
