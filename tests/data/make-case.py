"""Makes the documents of the example case: small files that viewers open.

Run it from this folder; the files it writes are kept in the repository. The
people and the firm in them do not exist. The output is the same on every run.
"""

import io
import struct
import zipfile
import zlib
from pathlib import Path

HERE = Path(__file__).parent / "case"

RETAINER = [
    "RETAINER AGREEMENT",
    "",
    "between Example & Partners and Ada Sample",
    "concerning the estate of Edmund Sample.",
    "",
    "1. The client retains the firm to administer the estate.",
    "2. Fees are charged by the hour and billed every month.",
    "3. Either side may end this agreement in writing.",
]


def pdf(lines):
    """One page of text in a font that every viewer has."""
    shown = "\n".join(f"({line}) '" for line in lines)
    stream = f"BT /F1 12 Tf 16 TL 72 760 Td\n{shown}\nET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
        b"/Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(out)


def docx(paragraphs):
    """The parts that a word processor needs, and no more."""
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    body = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>' for text in paragraphs
    )
    parts = {
        "[Content_Types].xml": f'{head}<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'{head}<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'{head}<w:document xmlns:w="{word}"><w:body>{body}'
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr></w:body></w:document>',
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return file.getvalue()


def png(width, height, ink):
    """A grey image; `ink` says how dark a pixel is, from 0 to 255."""
    rows = b"".join(
        b"\0" + bytes(255 - ink(x, y) for x in range(width)) for y in range(height)
    )

    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def signature(x, y):
    """A wavy line over a straight one, as under a scanned letter."""
    wave = 40 + (18 if (x // 24) % 2 else -18) * (1 - abs((x % 24) - 12) / 12)
    return 220 if abs(y - wave) < 2 or y == 70 else 0


HERE.mkdir(exist_ok=True)
(HERE / "retainer.pdf").write_bytes(pdf(RETAINER))
(HERE / "intake-notes.docx").write_bytes(
    docx([
        "Intake notes",
        "Ada Sample called about the estate of her late uncle, Edmund Sample.",
        "There is a will of 2019. The house is to be sold.",
    ])
)
(HERE / "signature.png").write_bytes(png(320, 90, signature))
(HERE / "draft-letter.docx").write_bytes(
    docx(["Dear Ms Sample,", "this letter is a draft and was not approved yet."])
)
(HERE.parent / "engagement-letter.docx").write_bytes(
    docx([
        "Engagement letter",
        "Example & Partners confirm that they act for Ada Sample.".replace("&", "&amp;"),
    ])
)
