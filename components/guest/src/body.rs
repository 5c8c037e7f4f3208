//! Bytes on their way to storage.
//!
//! A body that ends early must not look whole: whatever goes wrong at the
//! source, the request is given up before its last byte.

use alloc::vec;
use alloc::vec::Vec;

use clio_api::{Body, Content, TransportError};
use wasip2::io::streams::{OutputStream, StreamError};

use crate::exchange::Incoming;
use crate::fault;

/// The most bytes that are passed on at a time.
const PIECE: u64 = 256 * 1024;

/// Which end of an upload broke.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The bytes could not be read, or are not as many as were announced.
    Source(TransportError),
    /// The other side takes no more. Its answer says why.
    Sink,
}

impl Content for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
        loop {
            match self.stream.blocking_read(buffer.len() as u64) {
                Ok(piece) if piece.is_empty() => {}
                Ok(piece) => {
                    let count = piece.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&piece[..count]);
                    return Ok(count);
                }
                Err(StreamError::Closed) => return Ok(0),
                Err(error) => return Err(fault::of_stream(&error)),
            }
        }
    }
}

/// Sends exactly `length` bytes.
pub(crate) fn send(
    sink: &OutputStream,
    length: u64,
    body: Body<'_, Incoming>,
) -> Result<(), Broken> {
    match body {
        Body::Bytes(bytes) => write(sink, bytes)?,
        Body::Copy(content) => copy(sink, length, content)?,
        Body::Splice(mut content) => {
            // All but the last byte go past memory. The last one is held back
            // until the source has ended where it should.
            if let Some(most) = length.checked_sub(1) {
                splice(sink, most, &content)?;
            }
            copy(sink, length.min(1), &mut content)?;
        }
    }
    sink.blocking_flush().map_err(|_| Broken::Sink)
}

fn splice(sink: &OutputStream, mut left: u64, content: &Incoming) -> Result<(), Broken> {
    while left > 0 {
        match sink.blocking_splice(&content.stream, left.min(PIECE)) {
            Ok(count) => left -= count.min(left),
            // One error for two streams: the sink is asked for its own.
            Err(_) if sink.check_write().is_err() => return Err(Broken::Sink),
            Err(StreamError::Closed) => {
                return Err(Broken::Source(TransportError::ContentChanged));
            }
            Err(error) => return Err(Broken::Source(fault::of_stream(&error))),
        }
    }
    Ok(())
}

/// Sends `length` bytes through a buffer, and the last of them only once the
/// source has ended.
fn copy(sink: &OutputStream, length: u64, content: &mut dyn Content) -> Result<(), Broken> {
    let changed = || Broken::Source(TransportError::ContentChanged);
    let mut buffer = vec![0; 64 * 1024];
    let mut held: Vec<u8> = Vec::new();
    let mut left = length;
    loop {
        let count = content.read(&mut buffer).map_err(Broken::Source)?;
        if count == 0 {
            break;
        }
        left = left.checked_sub(count as u64).ok_or_else(changed)?;
        write(sink, &held)?;
        held.clear();
        held.extend_from_slice(&buffer[..count]);
    }
    if left > 0 {
        return Err(changed());
    }
    write(sink, &held)
}

fn write(sink: &OutputStream, mut bytes: &[u8]) -> Result<(), Broken> {
    while !bytes.is_empty() {
        let room = match sink.check_write() {
            Ok(0) => {
                sink.subscribe().block();
                continue;
            }
            Ok(room) => usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len()),
            Err(_) => return Err(Broken::Sink),
        };
        let (now, later) = bytes.split_at(room);
        sink.write(now).map_err(|_| Broken::Sink)?;
        bytes = later;
    }
    Ok(())
}
