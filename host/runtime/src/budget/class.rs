//! Who goes first where they share a rate budget.

/// What asks, from who goes first to who goes last.
///
/// As long as a request of one class waits, none of a later class is begun, and the
/// later ones leave a part of each window to those before them. So what nobody waits
/// for does not eat what somebody does.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Somebody waits for it.
    #[default]
    Interactive,
    /// Clio told something.
    Event,
    /// Nobody told anything: it is looked for.
    Polling,
    /// Many of it, and nobody waits.
    Bulk,
}

impl Class {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Interactive, Self::Event, Self::Polling, Self::Bulk];

    /// Those that go before this one.
    pub(crate) fn before(self) -> &'static [Self] {
        &Self::ALL[..self as usize]
    }

    /// What it leaves of a window's requests to those before it: a tenth to each.
    pub(crate) fn leaves(self, limit: u32) -> u32 {
        limit / 10 * self as u32
    }
}
