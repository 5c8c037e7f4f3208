//! The zip file that a Word document is.
//!
//! A zip file in bad faith looks like one thing to one reader and like another
//! to the next, or is small and becomes large. So what is taken is narrow: each
//! name once, each name a plain path, no two members over one another, nothing
//! encrypted, sizes that were measured and not only said.

mod write;

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use miniz_oxide::inflate::decompress_slice_iter_to_slice;
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};
use rawzip::{CompressionMethod, Crc32, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive};

pub(crate) use write::{PartWriter, Writer};

use crate::limits;
use crate::refused::{Refused, Result};

/// A zip file whose members were looked at.
#[derive(Debug)]
pub(crate) struct Package<'a> {
    pub(crate) members: Vec<Member<'a>>,
}

/// A member of one.
#[derive(Debug, Clone)]
pub(crate) struct Member<'a> {
    pub(crate) name: String,
    /// As the file has it: deflated, or as it is.
    pub(crate) data: &'a [u8],
    pub(crate) deflated: bool,
    /// Inflated, in bytes.
    pub(crate) size: usize,
    pub(crate) crc: u32,
}

fn refused<T>(why: &str) -> Result<T> {
    Err(Refused::new(format!("it is no Word document: {why}")))
}

impl<'a> Package<'a> {
    /// Reads the directory of a zip file, and holds every member against it.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self> {
        if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Err(Refused::new(
                "it is an old or a protected document of Word's; save it as .docx without a password",
            ));
        }
        // Whatever stands before would be another file to another reader.
        if !bytes.starts_with(b"PK\x03\x04") {
            return refused("it does not begin as one");
        }
        let Ok(archive) = ZipArchive::from_slice(bytes) else {
            return refused("its directory is damaged");
        };
        let (mut members, mut places) = (Vec::new(), Vec::new());
        let mut names = BTreeSet::new();
        let mut total = 0_usize;
        for record in archive.entries() {
            let Ok(record) = record else {
                return refused("its directory is damaged");
            };
            let (member, place) = member(&archive, bytes, &record)?;
            // To Word, capitals do not tell names apart.
            if !names.insert(member.name.to_lowercase()) {
                return refused("two of its parts have one name");
            }
            total = total.saturating_add(member.size);
            if members.len() >= limits::MEMBERS {
                return refused("it has more than 2,000 parts");
            }
            if total > limits::INFLATED {
                return refused("it inflates to more than 128 MiB");
            }
            places.push(place);
            members.push(member);
        }
        places.sort_unstable();
        let over = places.windows(2).any(|pair| pair[0].1 > pair[1].0);
        let ends = places
            .last()
            .is_none_or(|it| it.1 > archive.directory_offset());
        if over || ends {
            return refused("its parts lie over one another");
        }
        Ok(Self { members })
    }

    /// A member whose name differs by capitals at most.
    pub(crate) fn member_like(&self, name: &str) -> Option<&Member<'a>> {
        let mut members = self.members.iter();
        members.find(|it| it.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Member<'a>> {
        self.members.iter().find(|it| it.name == name)
    }
}

/// A member, and where its header begins and its data ends.
fn member<'a>(
    archive: &ZipSliceArchive<&'a [u8]>,
    bytes: &'a [u8],
    record: &ZipFileHeaderRecord<'_>,
) -> Result<(Member<'a>, (u64, u64))> {
    let Ok(entry) = archive.get_entry(record.wayfinder()) else {
        return refused("a part of it is cut off");
    };
    let local = entry.local_header();
    let name = record.file_path().as_bytes();
    let method = record.compression_method();
    if local.file_path().as_bytes() != name || local.compression_method() != method {
        return refused("its directory contradicts its parts");
    }
    // Encrypted, with or without its header, or patched.
    const NEVER: u16 = 1 | 1 << 5 | 1 << 6 | 1 << 13;
    if (record.flags().bits() | local.flags().bits()) & NEVER != 0 {
        return refused("a part of it is encrypted");
    }
    let deflated = match method {
        CompressionMethod::STORE => false,
        CompressionMethod::DEFLATE => true,
        _ => return refused("a part of it is compressed in a way that Word does not read"),
    };
    let name = match core::str::from_utf8(name) {
        Ok(name) if is_plain(name) => name.to_owned(),
        _ => return refused("the name of a part of it is no plain path"),
    };
    let size = usize::try_from(record.uncompressed_size_hint()).unwrap_or(usize::MAX);
    let (from, to) = entry.compressed_data_range();
    let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    let Some(data) = range.and_then(|(from, to)| bytes.get(from..to)) else {
        return refused("a part of it is cut off");
    };
    if size > limits::RATIO_FROM && size / limits::RATIO > data.len() {
        return refused("a part of it inflates to more than any document does");
    }
    let member = Member {
        name,
        data,
        deflated,
        size,
        crc: record.crc32(),
    };
    Ok((member, (record.local_header_offset(), to)))
}

/// Whether a name leads down from where the document is, in one way of writing.
fn is_plain(name: &str) -> bool {
    let path = name.strip_suffix('/').unwrap_or(name);
    let odd =
        |c: char| c.is_control() || matches!(c, '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    name.len() <= 255
        && !name.contains(odd)
        && path
            .split('/')
            .all(|part| !part.is_empty() && part != "." && part != "..")
}

impl Member<'_> {
    /// The member inflated.
    pub(crate) fn read(&self, most: usize) -> Result<Vec<u8>> {
        if self.size > most {
            return Err(Refused::new(format!(
                "{}: it is larger than {} MiB",
                self.name,
                most >> 20
            )));
        }
        let mut out = vec![0; self.size];
        match self.deflated {
            true => {
                let input = core::iter::once(self.data);
                let length = decompress_slice_iter_to_slice(&mut out, input, false, true);
                if length.ok() != Some(self.size) {
                    return self.damaged();
                }
            }
            false if self.data.len() == self.size => out.copy_from_slice(self.data),
            false => return self.damaged(),
        }
        match rawzip::crc32(&out) == self.crc {
            true => Ok(out),
            false => self.damaged(),
        }
    }

    /// Whether the member is what the directory says, for one that is only
    /// handed on.
    pub(crate) fn check(&self) -> Result<()> {
        let mut crc = Crc32::new();
        if !self.deflated {
            crc.update(self.data);
            let holds = self.data.len() == self.size && crc.checksum() == self.crc;
            return if holds { Ok(()) } else { self.damaged() };
        }
        let mut state = InflateState::new_boxed(DataFormat::Raw);
        let mut window = vec![0; 32 << 10];
        let (mut rest, mut size) = (self.data, 0);
        loop {
            let step = inflate(&mut state, rest, &mut window, MZFlush::None);
            rest = rest.get(step.bytes_consumed..).unwrap_or_default();
            size += step.bytes_written;
            crc.update(&window[..step.bytes_written]);
            match step.status {
                Ok(MZStatus::StreamEnd) => break,
                Ok(_) if size <= self.size && step.bytes_consumed + step.bytes_written > 0 => {}
                _ => return self.damaged(),
            }
        }
        match size == self.size && crc.checksum() == self.crc {
            true => Ok(()),
            false => self.damaged(),
        }
    }

    fn damaged<T>(&self) -> Result<T> {
        Err(Refused::new(format!("{}: it is damaged", self.name)))
    }
}

#[cfg(test)]
pub(crate) mod tests;
