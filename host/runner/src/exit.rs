//! How the command ends, as the process's exit code.
//!
//! The numbers follow `sysexits.h` where it has a word for the case, so that a
//! scheduler can tell "run me again" from "a person must look" without reading
//! any output. The order of the variants is the order of severity: where one
//! run has several outcomes, the greatest decides.

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything asked for stands.
    Done,
    /// Something did not work now and may work later: run the same again.
    Transient,
    /// Clio, the policy or the data refuse it: a person must change something.
    Permanent,
    /// The runner could not do its work: a trap, a deadline, a limit, a disk.
    HostFailure,
    /// No account, or the account does not allow it.
    NotAuthorized,
    /// Arguments, input or case file are not right. Nothing was sent.
    Usage,
    /// Ended by ctrl-c.
    Interrupted,
}

impl Exit {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Permanent => 1,
            Self::Usage => 64,
            Self::HostFailure => 70,
            Self::Transient => 75,
            Self::NotAuthorized => 77,
            Self::Interrupted => 130,
        }
    }
}

/// What `--help` says about them.
pub const HELP: &str = "\
Exit codes:
  0    done
  1    permanent: Clio, the policy or the data refuse it; change something first
  64   usage: arguments, input or case file are not right; nothing was sent
  70   the runner's own failure: a trap, a deadline, a limit, a disk
  75   transient: run the same again later
  77   not authorized: no account, or Clio answered 401 or 403
  130  ended by ctrl-c
Where one run has several outcomes, the first of 77, 70, 1, 75, 0 decides.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_outcome_of_a_run_decides_in_the_order_that_help_names() {
        let order = [
            Exit::NotAuthorized,
            Exit::HostFailure,
            Exit::Permanent,
            Exit::Transient,
            Exit::Done,
        ];
        for pair in order.windows(2) {
            assert!(pair[0] > pair[1], "{pair:?}");
        }
        let named = order.map(|exit| exit.code().to_string()).join(", ");
        assert!(
            HELP.contains(&format!("first of {named} decides")),
            "{named}"
        );
        for exit in order {
            assert!(
                HELP.contains(&format!("\n  {:<5}", exit.code())),
                "{exit:?}"
            );
        }
    }
}
