//! Wrong keys are slowed down, by the address that they come from.
//!
//! Each wrong key of an address is answered later than the one before. So a program
//! with an old key does not keep the service busy, and guessing, which is hopeless
//! with keys of 256 bits, is slow as well.
//!
//! What must stay true: a right key is never held up, whoever else sends wrong ones
//! from the same address, for behind a proxy all share one; and what is remembered
//! of addresses, and the answers that are held, have bounds.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;

use super::problem::Problem;

/// How long the first wrong key of an address waits for its answer.
const FIRST: Duration = Duration::from_millis(250);
/// No longer than this.
const LONGEST: Duration = Duration::from_secs(4);
/// An address that sent no wrong key for so long is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(10 * 60);
/// So many answers are held for one address at once. More are refused at once.
const HELD: u32 = 4;
/// So many addresses are remembered.
const ADDRESSES: usize = 4096;

/// Who sent wrong keys.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    of: Mutex<HashMap<IpAddr, Wrong>>,
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    tries: u32,
    held: u32,
    last: Instant,
}

impl Tries {
    /// Holds the answer to a wrong key. Cancelled with its request, for which it
    /// counts all the same.
    pub(crate) async fn wrong(&self, address: IpAddr) -> Result<(), Problem> {
        let address = network(address);
        let pause = self.begin(address).ok_or_else(|| {
            Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_wrong_keys",
                "too many wrong keys came from this address",
            )
            .with(
                "next",
                "look at the key that is sent; a right one is not held up",
            )
            .retry_after(LONGEST.as_secs())
        })?;
        let _held = Held {
            tries: self,
            address,
        };
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// How long the answer waits. None: enough of them wait.
    fn begin(&self, address: IpAddr) -> Option<Duration> {
        let now = Instant::now();
        let mut of = self.of();
        if of.len() >= ADDRESSES && !of.contains_key(&address) {
            of.retain(|_, wrong| wrong.held > 0 || now - wrong.last < FORGOTTEN);
            // A flood of addresses: the oldest makes room.
            if of.len() >= ADDRESSES {
                let oldest = of.iter().min_by_key(|(_, wrong)| wrong.last);
                let oldest = oldest.map(|(address, _)| *address);
                oldest.map(|oldest| of.remove(&oldest));
            }
        }
        let fresh = Wrong {
            tries: 0,
            held: 0,
            last: now,
        };
        let wrong = of.entry(address).or_insert(fresh);
        if now - wrong.last >= FORGOTTEN {
            wrong.tries = 0;
        }
        wrong.last = now;
        wrong.tries = wrong.tries.saturating_add(1);
        if wrong.held >= HELD {
            return None;
        }
        wrong.held += 1;
        Some(pause(wrong.tries))
    }

    fn of(&self) -> MutexGuard<'_, HashMap<IpAddr, Wrong>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that is held.
struct Held<'a> {
    tries: &'a Tries,
    address: IpAddr,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(wrong) = self.tries.of().get_mut(&self.address) {
            wrong.held = wrong.held.saturating_sub(1);
        }
    }
}

fn pause(tries: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(16));
    doubled.min(LONGEST)
}

/// Who has one IPv6 address has a network of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_wrong_key_waits_longer_and_of_many_at_once_most_are_refused() {
        let tries = Tries::default();
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        assert_eq!(tries.begin(here), Some(FIRST));
        assert_eq!(tries.begin(here), Some(FIRST * 2));
        assert_eq!(tries.begin(here), Some(FIRST * 4));
        assert_eq!(tries.begin(here), Some(FIRST * 8));
        assert_eq!(tries.begin(here), None, "four are held");
        assert_eq!(tries.begin(there), Some(FIRST), "another's is no matter");
        drop(Held {
            tries: &tries,
            address: here,
        });
        assert_eq!(tries.begin(here), Some(LONGEST), "the refused one counted");
    }

    #[test]
    fn a_network_is_one_address_and_what_is_remembered_has_an_end() {
        assert_eq!(network(address("::ffff:192.0.2.1")), address("192.0.2.1"));
        assert_eq!(
            network(address("2001:db8::1:2:3:4")),
            network(address("2001:db8::9"))
        );
        assert_ne!(
            network(address("2001:db8::1")),
            network(address("2001:db8:1::1"))
        );
        let tries = Tries::default();
        for number in 0..u32::try_from(ADDRESSES).unwrap() + 100 {
            tries.begin(IpAddr::V4(number.into()));
        }
        assert_eq!(tries.of().len(), ADDRESSES);
    }

    #[tokio::test]
    async fn an_answer_that_nobody_waits_for_is_held_no_longer() {
        let tries = Tries::default();
        let here = address("192.0.2.1");
        for _ in 0..HELD * 2 {
            let waits = tries.wrong(here);
            let short = Duration::from_millis(1);
            assert!(tokio::time::timeout(short, waits).await.is_err());
        }
        assert_eq!(tries.of().get(&here).unwrap().held, 0);
    }
}
