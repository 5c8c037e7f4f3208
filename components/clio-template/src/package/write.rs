//! Writes a zip file: the same members in the same order, with no time in it.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};
use rawzip::Crc32;

use super::Member;
use crate::limits;
use crate::refused::{Refused, Result};

/// A zip file as it grows.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

/// One member as it grows, without being held whole.
pub(crate) struct PartWriter<'w> {
    writer: &'w mut Writer,
    name: String,
    header: usize,
    compressor: Box<CompressorOxide>,
    /// What is not compressed yet.
    pending: Vec<u8>,
    crc: Crc32,
    size: usize,
}

const PENDING: usize = 32 << 10;
/// The lengths and sum stand there in a local header.
const SUMS: usize = 14;

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self {
            out: Vec::with_capacity(bytes),
            ..Self::default()
        }
    }

    /// Hands a member on, compressed as it is.
    pub(crate) fn copy(&mut self, member: &Member<'_>) -> Result<()> {
        self.room(member.data.len())?;
        let (method, at) = (if member.deflated { 8 } else { 0 }, self.out.len());
        let sums = Sums {
            crc: member.crc,
            compressed: member.data.len(),
            size: member.size,
        };
        self.header(&member.name, method, &sums)?;
        self.out.extend_from_slice(member.data);
        self.enter(&member.name, method, &sums, at)
    }

    /// Begins a member.
    pub(crate) fn part(&mut self, name: &str) -> Result<PartWriter<'_>> {
        let header = self.out.len();
        self.header(name, 8, &Sums::default())?;
        // Raw, without the header of zlib, as level 6 of it does.
        let flags = create_comp_flags_from_zip_params(6, -15, 0);
        Ok(PartWriter {
            writer: self,
            name: name.into(),
            header,
            compressor: Box::new(CompressorOxide::new(flags)),
            pending: Vec::with_capacity(PENDING),
            crc: Crc32::new(),
            size: 0,
        })
    }

    /// Ends the file.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>> {
        let (start, length) = (self.out.len(), self.directory.len());
        self.room(length)?;
        self.out.append(&mut self.directory);
        let out = &mut self.out;
        out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&four(length));
        out.extend_from_slice(&four(start));
        out.extend_from_slice(&[0, 0]);
        Ok(self.out)
    }

    fn room(&self, more: usize) -> Result<()> {
        match self.out.len() + more > limits::OUTPUT {
            true => Err(Refused::new(format!(
                "the document gets larger than {} MiB",
                limits::OUTPUT >> 20
            ))),
            false => Ok(()),
        }
    }

    fn header(&mut self, name: &str, method: u8, sums: &Sums) -> Result<()> {
        self.out.extend_from_slice(b"PK\x03\x04");
        common(&mut self.out, name, method, sums)?;
        self.out.extend_from_slice(&[0, 0]);
        self.out.extend_from_slice(name.as_bytes());
        Ok(())
    }

    fn enter(&mut self, name: &str, method: u8, sums: &Sums, at: usize) -> Result<()> {
        let directory = &mut self.directory;
        directory.extend_from_slice(b"PK\x01\x02\x14\0");
        common(directory, name, method, sums)?;
        // No extra field, comment, disk or attributes.
        directory.extend_from_slice(&[0; 12]);
        directory.extend_from_slice(&four(at));
        directory.extend_from_slice(name.as_bytes());
        self.count += 1;
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Sums {
    crc: u32,
    compressed: usize,
    size: usize,
}

/// What a local header and one of the directory share, from the version to the
/// length of the name.
fn common(out: &mut Vec<u8>, name: &str, method: u8, sums: &Sums) -> Result<()> {
    let Ok(length) = u16::try_from(name.len()) else {
        return Err(Refused::new("the name of a part is too long"));
    };
    // Names in UTF-8; the first day that the format has, for every day.
    let flags = if name.is_ascii() { 0 } else { 8 };
    out.extend_from_slice(&[0x14, 0, 0, flags, method, 0, 0, 0, 0x21, 0]);
    out.extend_from_slice(&sums.crc.to_le_bytes());
    out.extend_from_slice(&four(sums.compressed));
    out.extend_from_slice(&four(sums.size));
    out.extend_from_slice(&length.to_le_bytes());
    Ok(())
}

/// A number of what is bounded far below.
fn four(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

impl PartWriter<'_> {
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.size += bytes.len();
        if self.size > limits::FILLED_PART {
            return Err(Refused::new(format!(
                "it gets larger than {} MiB",
                limits::FILLED_PART >> 20
            )));
        }
        self.crc.update(bytes);
        let mut rest = bytes;
        while self.pending.len() + rest.len() >= PENDING {
            let (now, later) = rest.split_at(PENDING - self.pending.len());
            self.pending.extend_from_slice(now);
            self.compress(TDEFLFlush::None)?;
            rest = later;
        }
        self.pending.extend_from_slice(rest);
        Ok(())
    }

    fn compress(&mut self, flush: TDEFLFlush) -> Result<TDEFLStatus> {
        let out = &mut self.writer.out;
        let (status, _) = compress_to_output(&mut self.compressor, &self.pending, flush, |bytes| {
            out.extend_from_slice(bytes);
            true
        });
        self.pending.clear();
        self.writer.room(0)?;
        Ok(status)
    }

    /// Ends the member.
    pub(crate) fn finish(mut self) -> Result<()> {
        if self.compress(TDEFLFlush::Finish)? != TDEFLStatus::Done {
            return Err(Refused::new("it cannot be compressed"));
        }
        let data = self.header + 30 + self.name.len();
        let sums = Sums {
            crc: self.crc.checksum(),
            compressed: self.writer.out.len() - data,
            size: self.size,
        };
        let at = self.header + SUMS;
        let mut written = Vec::with_capacity(12);
        written.extend_from_slice(&sums.crc.to_le_bytes());
        written.extend_from_slice(&four(sums.compressed));
        written.extend_from_slice(&four(sums.size));
        self.writer.out[at..at + 12].copy_from_slice(&written);
        self.writer.enter(&self.name, 8, &sums, self.header)
    }
}
