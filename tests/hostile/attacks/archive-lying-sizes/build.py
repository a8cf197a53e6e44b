import gzip
import tarfile


def build(make):
    member = tarfile.TarInfo("workspace/notebooks/01-sums.ipynb")
    member.pax_headers = {"size": str(1 << 60)}
    return gzip.compress(member.tobuf(format=tarfile.PAX_FORMAT) + b"{}" * 256 + bytes(1024))
