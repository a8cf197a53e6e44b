import io
import tarfile


def build(make):
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name, kind in (("pipe", tarfile.FIFOTYPE), ("device", tarfile.BLKTYPE)):
            member = tarfile.TarInfo(f"workspace/notebooks/{name}")
            member.type = kind
            archive.addfile(member)
    return raw.getvalue()
