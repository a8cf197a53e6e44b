import io
import tarfile
import zlib


def build(make):
    packer = zlib.compressobj(9, wbits=31)
    member = tarfile.TarInfo("workspace/notebooks/01-sums.ipynb")
    member.size = 1 << 30
    pieces = [packer.compress(member.tobuf())]
    pieces += [packer.compress(bytes(1 << 20)) for _ in range(1024)]
    return b"".join([*pieces, packer.flush()])
