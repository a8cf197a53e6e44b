import gzip
import tarfile


def build(make):
    block = tarfile.TarInfo("workspace/notebooks/00000").tobuf()
    name = b"workspace/notebooks/"
    return gzip.compress(b"".join(
        _with_sum(name + b"%05d" % number + block[25:]) for number in range(50_000)) + bytes(1024), 1)


def _with_sum(block):
    blank = block[:148] + b" " * 8 + block[156:]
    return block[:148] + b"%06o\0 " % sum(blank) + block[156:]
