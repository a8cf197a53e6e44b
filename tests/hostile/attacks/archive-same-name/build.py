import gzip


def build(make):
    one = gzip.decompress(make.pack(make.reference)).rstrip(b"\0")
    one += bytes(-len(one) % 512)
    two = gzip.decompress(make.pack(make.base))
    return gzip.compress(one + two)
