//! The order of one exchange: the body goes out, the answer comes in, and no
//! host can make either wait for ever.
//!
//! Some hosts never say that a body's other end is gone, and some take the time
//! that a connection may need for the time of the answer. So whatever is waited
//! for, the answer and a clock of our own are waited for beside it.

use alloc::vec;
use alloc::vec::Vec;

use clio_api::{Body, Content, TransportError};

/// A second, in the nanoseconds of the clock.
pub(crate) const SECOND: u64 = 1_000_000_000;

/// How much later than the host's own time limits ours strikes: a host that
/// keeps them says more about what happened.
pub(crate) const GRACE: u64 = 5 * SECOND;

/// One exchange in progress, as a host offers it.
pub(crate) trait Wire {
    /// A clock that only goes forward, in nanoseconds.
    fn now(&self) -> u64;

    /// How many bytes of the body may be written now. `None`: none ever again.
    fn room(&mut self) -> Option<u64>;

    /// Writes as many bytes as there is room for. `false`: they were not taken.
    fn write(&mut self, bytes: &[u8]) -> bool;

    /// Whether there is an answer, or an error in its place.
    fn is_answered(&mut self) -> bool;

    /// Waits from `now` for the answer, for `until` and, where the body is being
    /// written, for room. It may return early.
    fn wait(&mut self, writing: bool, now: u64, until: u64);
}

/// Which end of an upload broke.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The bytes could not be read, or are not as many as were announced.
    Source(TransportError),
    /// The other side takes no more. Its answer says why.
    Sink,
}

/// Writes exactly `length` bytes.
pub(crate) fn deliver(
    wire: &mut impl Wire,
    length: u64,
    body: Body<'_>,
    until: u64,
) -> Result<(), Broken> {
    match body {
        Body::Bytes(bytes) => write(wire, bytes, until),
        Body::Copy(content) => copy(wire, length, content, until),
    }
}

/// Passes `length` bytes on, and the last of them only once the source has
/// ended: a body that ends early must not look whole.
fn copy(
    wire: &mut impl Wire,
    length: u64,
    content: &mut dyn Content,
    until: u64,
) -> Result<(), Broken> {
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
        write(wire, &held, until)?;
        held.clear();
        held.extend_from_slice(&buffer[..count]);
    }
    if left > 0 {
        return Err(changed());
    }
    write(wire, &held, until)
}

fn write(wire: &mut impl Wire, mut bytes: &[u8], until: u64) -> Result<(), Broken> {
    while !bytes.is_empty() {
        let room = wire.room().ok_or(Broken::Sink)?;
        if room == 0 {
            let now = wire.now();
            if wire.is_answered() || now >= until {
                return Err(Broken::Sink);
            }
            wire.wait(true, now, until);
            continue;
        }
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        let (now, later) = bytes.split_at(room);
        if !wire.write(now) {
            return Err(Broken::Sink);
        }
        bytes = later;
    }
    Ok(())
}

/// Waits for the answer.
pub(crate) fn answered(wire: &mut impl Wire, until: u64) -> Result<(), TransportError> {
    while !wire.is_answered() {
        let now = wire.now();
        if now >= until {
            return Err(TransportError::Lost("no answer came in time"));
        }
        wire.wait(false, now, until);
    }
    Ok(())
}

/// What a failure means once a write was handed to the host. Whatever the host
/// calls it, nobody knows whether the write was carried out: then the action
/// looks before it writes again. A denial alone is believed, since it is the
/// host's own doing.
pub(crate) fn after_write(error: TransportError) -> TransportError {
    use TransportError::{Denied, Lost, NotSent, TooLarge};
    match error {
        Denied | TooLarge | Lost(_) => error,
        NotSent(why) => Lost(why),
        _ => Lost("the exchange failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// A host that does what it is told to, step by step.
    #[derive(Default)]
    struct Host {
        now: u64,
        /// What is answered when asked for room. Afterwards: the last again.
        room: VecDeque<Option<u64>>,
        taken: Vec<u8>,
        /// When the answer is there.
        answer_at: Option<u64>,
        waits: u32,
    }

    impl Wire for Host {
        fn now(&self) -> u64 {
            self.now
        }
        fn room(&mut self) -> Option<u64> {
            match self.room.len() {
                0 => Some(4),
                1 => self.room[0],
                _ => self.room.pop_front().flatten(),
            }
        }
        fn write(&mut self, bytes: &[u8]) -> bool {
            self.taken.extend_from_slice(bytes);
            true
        }
        fn is_answered(&mut self) -> bool {
            self.answer_at.is_some_and(|at| at <= self.now)
        }
        fn wait(&mut self, _writing: bool, _: u64, until: u64) {
            self.waits += 1;
            assert!(self.waits < 100, "waits for ever");
            self.now = self.answer_at.unwrap_or(until).min(until);
        }
    }

    /// A content that answers with these pieces.
    struct Pieces(VecDeque<Result<&'static [u8], TransportError>>);

    impl Content for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize, TransportError> {
            let piece = self.0.pop_front().unwrap_or(Ok(b""))?;
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn pieces(all: &[&'static [u8]]) -> Pieces {
        Pieces(all.iter().map(|piece| Ok(*piece)).collect())
    }

    const END: u64 = 60 * SECOND;

    #[test]
    fn a_body_goes_out_in_as_small_pieces_as_the_host_takes() {
        let mut host = Host::default();
        let body = Body::Bytes(b"a longer body");
        assert_eq!(deliver(&mut host, 13, body, END), Ok(()));
        assert_eq!(host.taken, b"a longer body");

        let mut host = Host::default();
        let mut content = pieces(&[b"hel", b"lo"]);
        let body = Body::Copy(&mut content);
        assert_eq!(deliver(&mut host, 5, body, END), Ok(()));
        assert_eq!(host.taken, b"hello");
    }

    #[test]
    fn a_source_of_another_length_never_looks_whole() {
        for (all, length) in [
            (&[b"hel".as_slice(), b"lo"][..], 6),
            (&[b"hel", b"lo"], 4),
            (&[], 1),
        ] {
            let mut host = Host::default();
            let mut content = pieces(all);
            let broken = deliver(&mut host, length, Body::Copy(&mut content), END);
            assert_eq!(
                broken,
                Err(Broken::Source(TransportError::ContentChanged)),
                "{length}"
            );
            assert!((host.taken.len() as u64) < length, "{length}");
        }
        let mut host = Host::default();
        let mut cut = Pieces([Ok(b"hel".as_slice()), Err(TransportError::Lost("cut"))].into());
        let broken = deliver(&mut host, 5, Body::Copy(&mut cut), END);
        assert_eq!(broken, Err(Broken::Source(TransportError::Lost("cut"))));
        assert!(host.taken.is_empty());
    }

    // CASES E4
    #[test]
    fn a_write_that_gets_no_room_ends_with_the_answer_or_the_clock() {
        // The connection was reset: the host knows, but its stream says nothing.
        let mut host = Host {
            room: [Some(4), Some(0)].into(),
            answer_at: Some(2 * SECOND),
            ..Host::default()
        };
        let body = Body::Bytes(b"a longer body");
        assert_eq!(deliver(&mut host, 13, body, END), Err(Broken::Sink));
        assert_eq!((host.now, host.waits), (2 * SECOND, 1));
        assert_eq!(answered(&mut host, END), Ok(()));

        // Nobody ever says anything.
        let mut host = Host {
            room: [Some(4), Some(0)].into(),
            ..Host::default()
        };
        let body = Body::Bytes(b"a longer body");
        assert_eq!(deliver(&mut host, 13, body, END), Err(Broken::Sink));
        assert_eq!(host.now, END);
        assert!(matches!(
            answered(&mut host, END),
            Err(TransportError::Lost(_))
        ));

        // The stream says it at once.
        let mut host = Host {
            room: [Some(4), None].into(),
            ..Host::default()
        };
        let body = Body::Bytes(b"a longer body");
        assert_eq!(deliver(&mut host, 13, body, END), Err(Broken::Sink));
        assert_eq!(host.waits, 0);
    }

    // CASES E2
    #[test]
    fn a_missing_answer_ends_with_our_own_clock() {
        let mut host = Host::default();
        assert!(matches!(
            answered(&mut host, END),
            Err(TransportError::Lost(_))
        ));
        assert_eq!(host.now, END);
        let mut late = Host {
            answer_at: Some(17 * SECOND),
            ..Host::default()
        };
        assert_eq!(answered(&mut late, END), Ok(()));
    }

    // CASES E2
    #[test]
    fn after_a_write_no_word_of_the_host_means_that_nothing_was_sent() {
        for error in [
            TransportError::NotSent("the connection timed out"),
            TransportError::NotSent("the connection was refused"),
            TransportError::Lost("cut"),
            TransportError::Url,
            TransportError::Unfit("the host does not take the request"),
            TransportError::ContentChanged,
            TransportError::NotConnected,
            TransportError::AccountUnavailable,
        ] {
            let told = after_write(error);
            assert!(matches!(told, TransportError::Lost(_)), "{error:?}");
        }
        assert_eq!(after_write(TransportError::Denied), TransportError::Denied);
    }
}
