import io
import struct
import zipfile


def build(make):
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("workspace/a", bytes(200 << 20))
    data = raw.getvalue()
    at = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[at:end]
    entries = b"".join(entry.replace(b"workspace/a", b"notebooks/%c" % (97 + n % 26)) for n in range(1000))
    tail = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1000, 1000, len(entries), at, 0)
    return data[:at] + entries + tail
