"""Makes the templates that the tests fill: documents as a law firm has them.

Run it from anywhere; what it writes beside itself is kept in the repository. The
people and firms in them do not exist. The output is the same on every run, but
for `brief.docx`, which LibreOffice makes, and so only with `--libreoffice`.
"""

import io
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
NAMESPACES = (
    f'xmlns:w="{WORD}" xmlns:r="{OFFICE}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

STYLES = f"""{HEAD}<w:styles xmlns:w="{WORD}">
<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Liberation Serif" w:hAnsi="Liberation Serif"/>
<w:sz w:val="24"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>
<w:pPr><w:spacing w:after="120"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/>
<w:pPr><w:keepNext/><w:jc w:val="center"/></w:pPr><w:rPr><w:b/><w:sz w:val="28"/></w:rPr></w:style>
<w:style w:type="character" w:styleId="PlaceholderText"><w:name w:val="Placeholder Text"/>
<w:rPr><w:color w:val="808080"/></w:rPr></w:style>
</w:styles>"""


def run(text, properties=""):
    formatting = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{formatting}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def p(*runs, style="", extra=""):
    """A paragraph of texts, or of runs that are XML already."""
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties += extra
    properties = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    made = "".join(it if it.startswith("<w:") or it.startswith("<mc:") else run(it) for it in runs)
    return f"<w:p>{properties}{made}</w:p>"


def bold(text):
    return run(text, "<w:b/>")


def table(rows, widths):
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(f'<w:{side} w:val="single" w:sz="4"/>' for side in sides)
    made = ""
    for row in rows:
        cells = ""
        for text, width in zip(row, widths):
            cell = text if text.startswith("<w:p>") else p(text)
            cells += f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{cell}</w:tc>'
        made += f"<w:tr>{cells}</w:tr>"
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>{borders}</w:tblBorders>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{made}</w:tbl>"
    )


def control(tag, title, shown):
    """A content control in a paragraph that shows what to type."""
    content = run(shown, '<w:rStyle w:val="PlaceholderText"/>')
    return (
        f'<w:sdt><w:sdtPr><w:alias w:val="{title}"/><w:tag w:val="{tag}"/><w:showingPlcHdr/>'
        f"<w:text/></w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"
    )


def checkbox(tag):
    return (
        f'<w:sdt><w:sdtPr><w:tag w:val="{tag}"/><w14:checkbox><w14:checked w14:val="0"/>'
        '<w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
        '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox></w:sdtPr>'
        f"<w:sdtContent>{run('☐')}</w:sdtContent></w:sdt>"
    )


def merge_field(name, switches=""):
    """A merge field as Word writes it: five runs."""

    def character(kind):
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    code = f'<w:r><w:instrText xml:space="preserve"> MERGEFIELD {name} {escape(switches)}</w:instrText></w:r>'
    shown = run(f"«{name}»", "<w:noProof/>")
    return character("begin") + code + character("separate") + shown + character("end")


def simple_field(name):
    return f'<w:fldSimple w:instr=" MERGEFIELD {name} ">{run(f"«{name}»")}</w:fldSimple>'


def text_box(text):
    """A text box as Word writes one: for new readers, and for old ones."""
    content = f"<w:txbxContent>{p(text)}</w:txbxContent>"
    new = (
        '<w:drawing><wp:inline><wp:extent cx="2880000" cy="720000"/><wp:docPr id="1" name="Box"/>'
        '<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
        '<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/>'
        '<a:ext cx="2880000" cy="720000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></wps:spPr>'
        f"<wps:txbx>{content}</wps:txbx><wps:bodyPr/></wps:wsp></a:graphicData></a:graphic>"
        "</wp:inline></w:drawing>"
    )
    old = f'<w:pict><v:shape style="width:226pt;height:57pt"><v:textbox>{content}</v:textbox></v:shape></w:pict>'
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps">'
        f"{new}</mc:Choice><mc:Fallback>{old}</mc:Fallback></mc:AlternateContent></w:r>"
    )


def docx(name, body, header=None, footer=None, footnote=None):
    overrides, relations, section = "", "", ""
    parts = {}

    def part(kind, text, number):
        nonlocal overrides, relations
        parts[f"word/{kind}.xml"] = HEAD + text
        relation = kind.rstrip("0123456789")
        overrides += f'<Override PartName="/word/{kind}.xml" ContentType="{TYPE}.{relation}+xml"/>'
        relations += f'<Relationship Id="rId{number}" Type="{OFFICE}/{relation}" Target="{kind}.xml"/>'

    part("styles", STYLES.removeprefix(HEAD), 1)
    if header:
        part("header1", f"<w:hdr {NAMESPACES}>{header}</w:hdr>", 2)
        section += '<w:headerReference w:type="default" r:id="rId2"/>'
    if footer:
        part("footer1", f"<w:ftr {NAMESPACES}>{footer}</w:ftr>", 3)
        section += '<w:footerReference w:type="default" r:id="rId3"/>'
    if footnote:
        marks = "".join(
            f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{mark}/></w:r></w:p></w:footnote>'
            for kind, number, mark in (
                ("separator", -1, "separator"),
                ("continuationSeparator", 0, "continuationSeparator"),
            )
        )
        note = f'<w:footnote w:id="1">{p("<w:r><w:footnoteRef/></w:r>", footnote)}</w:footnote>'
        part("footnotes", f"<w:footnotes {NAMESPACES}>{marks}{note}</w:footnotes>", 4)
    section += '<w:pgSz w:w="12240" w:h="15840"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" w:header="720" w:footer="720" w:gutter="0"/>'
    members = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{TYPE}.document.main+xml"/>{overrides}</Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f"{HEAD}<w:document {NAMESPACES}><w:body>{body}"
        f"<w:sectPr>{section}</w:sectPr></w:body></w:document>",
        "word/_rels/document.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f"{relations}</Relationships>",
        **parts,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in members.items():
            archive.writestr(zipfile.ZipInfo(member, (1980, 1, 1, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)
    (HERE / name).write_bytes(out.getvalue())


RETAINER = (
    p("RETAINER AGREEMENT", style="Heading1")
    + p("between Example & Partners and ", bold("{{ client.name }}"), " (“the client”)")
    + p("in the matter {{ matter.number }}, {{ matter.description }}.")
    + p("1. The client retains the firm from {{ matter.open_date | date(“MMMM d, yyyy”) }}.")
    + p("{% if matter.custom[“Flat fee”] %}")
    + p("2. The fee is {{ matter.custom[“Flat fee”] | money }} for all of it.")
    + p("{% else %}")
    + p("2. Fees are charged at {{ matter.custom[“Hourly rate”] | money }} an hour, and billed every month.")
    + p("{% endif %}")
    + p("{% if client.type == “Company” %}3. The client signs by a person who may bind it.{% endif %}")
    + p("Address of the client:")
    + p("{{ client.address }}")
    + p("Telephone: ", control("client.phone", "Client phone", "Click or tap here to enter text."))
    + p("Consents to e-mail: ", checkbox("matter.custom.Consents to e-mail"))
    + p("For the firm: {{ responsible_attorney.name }}")
)

PETITION = (
    p("IN THE {{ matter.custom[“Court”] | upper }}", style="Heading1")
    + table(
        [
            ["{{ client.name }},", "Case No. {{ matter.custom[“Case number”] | default(“to be assigned”) }}"],
            ["Petitioner", "Filed {{ matter.custom[“Filing date”] | date(“short”) }}"],
        ],
        [4675, 4675],
    )
    + p("PETITION", style="Heading1")
    + p(
        "The petitioner asks the court to hear the following parties",
        '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteReference w:id="1"/></w:r>',
        ":",
    )
    + table(
        [
            ["Name", "Role", "City"],
            [
                "{% for it in related %}{{ loop.index }}. {{ it.name }}",
                "{{ it.role }}",
                "{{ it.city | default(“unknown”) }}{% endfor %}",
            ],
        ],
        [3900, 2725, 2725],
    )
    + p("{% for it in related if it.role == “Witness” %}")
    + p("{{ it.name }} will testify.")
    + p("{% else %}")
    + p("No witness is named.")
    + p("{% endfor %}")
    + p("Damages: {{ matter.custom.Damages }}.")
    + p("Respectfully submitted by {{ responsible_attorney.name }}")
)

LETTER = (
    p("{{ client.address }}")
    + p("{{ more.today | date(“long”) }}")
    + p(text_box("Our reference: {{ matter.number }}"))
    + p("Dear {{ client.prefix | default(“”) }} {{ client.last_name | default(client.name) }},")
    + p("we write about {{ matter.description }}. Your attorney is ", bold("{{ responsible_attorney.name }}"), ".")
    + p("Sincerely,")
    + p("Example & Partners")
)


def split_runs():
    """A letter as Word leaves it after it was typed, checked and changed."""

    def typed(*pieces):
        made = ""
        for number, piece in enumerate(pieces):
            made += '<w:proofErr w:type="spellStart"/>' if number % 2 else ""
            made += f'<w:r w:rsidR="00A{number}"><w:rPr><w:lang w:val="en-US"/></w:rPr>'
            made += f"<w:t>{escape(piece)}</w:t></w:r>" if piece.strip() == piece else (
                f'<w:t xml:space="preserve">{escape(piece)}</w:t></w:r>'
            )
            made += '<w:proofErr w:type="spellEnd"/>' if number % 2 else ""
        return f'<w:p w:rsidR="00A1" w:rsidRDefault="00A2">{made}</w:p>'

    return (
        typed("Dear ", "{{", " client.first_", "name ", "}}", ",")
        + typed("{", "% if matter.custom[“", "Flat fee", "”] %}")
        + typed("the fee is {{ matter.custom[“", "Flat fee”", "] }}", ".")
        + typed("{% end", "if %}")
        + '<w:p><w:bookmarkStart w:id="0" w:name="_GoBack"/>'
        + run("Parties: ")
        + run("{% for it in rel")
        + '<w:bookmarkEnd w:id="0"/>'
        + run("ated %}{{ it.na", "<w:b/>")
        + run("me }}{% if not loop.last %}, {% endif %}")
        + run("{% endfor %}.")
        + "</w:p>"
        + p("Number: ", merge_field("Matter_Number", "\\* MERGEFORMAT"))
        + p("Opened: ", merge_field('"matter open date"', '\\@ "d MMMM yyyy"'))
        + p("Client: ", simple_field("Client_Name"))
        + p("Judge: ", simple_field("Judge"))
    )


BRIEF = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Brief</title></head><body>
<h1>Brief for {{ client.name }}</h1>
<p>Matter <b>{{ matter.num</b><i>ber }}</i>, opened {{ matter.open_date | date("d MMMM yyyy") }}.</p>
<table border="1"><tr><th>Name</th><th>Role</th></tr>
<tr><td>{% for it in related %}{{ it.name }}</td><td>{{ it.role }}{% endfor %}</td></tr></table>
<ul><li>{{ matter.description }}</li><li>{{ client.email }}</li></ul>
</body></html>"""


def brief():
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "brief.html"
        source.write_text(BRIEF, encoding="utf-8")
        command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
        convert = ["--infilter=HTML (StarWriter)", "--convert-to", "docx:MS Word 2007 XML"]
        subprocess.run([*command, *convert, "--outdir", str(HERE), str(source)], check=True)




def as_generated(body):
    """The petition as Clio's own automation leaves it: the client's name, and the rest
    blank or as its template has it."""
    body = body.replace("{{ client.name }}", "Rosa Marin")
    custom = r"\{\{ matter\.custom(?:\[“(.*?)”\]|\.(\w+)).*?\}\}"
    body = re.sub(custom, lambda it: f"&lt;&lt;Matter.CustomField.{it[1] or it[2]}&gt;&gt;", body)
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "", body)


docx("retainer.docx", RETAINER)
FOOTNOTE = " As named by {{ client.name }}."
docx("petition.docx", PETITION, footnote=FOOTNOTE)
docx("petition-as-generated.docx", as_generated(PETITION), footnote=as_generated(FOOTNOTE))
docx(
    "letter.docx",
    LETTER,
    header=p("Example & Partners — {{ matter.number }}"),
    footer=p("{{ responsible_attorney.email }}, page ", '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'),
)
docx("split-runs.docx", split_runs())
if "--libreoffice" in sys.argv:
    brief()
