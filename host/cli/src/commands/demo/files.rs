//! The files of the demo's case. They lie in the program itself, so that the
//! demo runs wherever the command does.

use std::fs;
use std::io;
use std::path::Path;

/// The example case with its documents.
const CASE: [(&str, &[u8]); 5] = [
    (
        "case.json",
        include_bytes!("../../../../../tests/data/case/case.json"),
    ),
    (
        "retainer.pdf",
        include_bytes!("../../../../../tests/data/case/retainer.pdf"),
    ),
    (
        "intake-notes.docx",
        include_bytes!("../../../../../tests/data/case/intake-notes.docx"),
    ),
    (
        "signature.png",
        include_bytes!("../../../../../tests/data/case/signature.png"),
    ),
    (
        "draft-letter.docx",
        include_bytes!("../../../../../tests/data/case/draft-letter.docx"),
    ),
];

/// What the firm's stage automation generates.
pub(crate) const GENERATED: (&str, &[u8]) = (
    "Engagement letter.docx",
    include_bytes!("../../../../../tests/data/engagement-letter.docx"),
);

/// Writes the case into a folder of its own.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)?;
    CASE.iter()
        .try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes))
}
