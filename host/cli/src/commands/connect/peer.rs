//! Whose connection to this machine's own port it is.
//!
//! Every user of the machine can reach a port of it, and can read what a browser
//! was started with. Who is quicker than the person's browser could give consent
//! for an account of theirs, to which a firm's data would then go. So what
//! another user sends is turned away. Linux says whose a connection is; on other
//! systems, and where it does not say, it is taken for the person's.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use tokio::net::TcpStream;

/// Whether another user of this machine has made the connection. Root is no
/// other: it may do everything, and hands connections on for others.
pub(super) fn is_another_users(stream: &TcpStream) -> bool {
    let (Ok(SocketAddr::V4(from)), Ok(SocketAddr::V4(to))) =
        (stream.peer_addr(), stream.local_addr())
    else {
        return false;
    };
    match (user_of(from, to), us()) {
        (Some(user), Some(us)) => user != 0 && user != us,
        _ => false,
    }
}

fn user_of(from: SocketAddrV4, to: SocketAddrV4) -> Option<u32> {
    let table = std::fs::read_to_string("/proc/net/tcp").ok()?;
    user_in(&table, from, to)
}

/// The user of a connection's end in Linux's table of them.
fn user_in(table: &str, from: SocketAddrV4, to: SocketAddrV4) -> Option<u32> {
    table.lines().skip(1).find_map(|line| {
        // The number, both ends, the state, queues, timers, retransmissions, user.
        let mut columns = line.split_whitespace().skip(1);
        let ends = (address(columns.next()?)?, address(columns.next()?)?);
        let user = columns.nth(4)?.parse().ok()?;
        (ends == (from, to)).then_some(user)
    })
}

/// An end as the table writes it: the address as a number of this machine's byte
/// order, and the port.
fn address(text: &str) -> Option<SocketAddrV4> {
    let (address, port) = text.split_once(':')?;
    let address = u32::from_str_radix(address, 16).ok()?.to_ne_bytes();
    let port = u16::from_str_radix(port, 16).ok()?;
    Some(SocketAddrV4::new(Ipv4Addr::from(address), port))
}

/// This process's user.
fn us() -> Option<u32> {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt as _;
        let about = std::fs::metadata("/proc/self").ok()?;
        Some(about.uid())
    }
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn a_connections_user_is_found_by_both_its_ends() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:4319 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 51 1\n   1: 0100007F:A8F2 0100007F:4319 01 00000000:00000000 00:00000000 00000000  1001        0 52 1\n   2: 0100007F:4319 0100007F:A8F2 01 00000000:00000000 00:00000000 00000000  1000        0 53 1\n";
        let end = |port| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        assert_eq!(user_in(table, end(0xa8f2), end(0x4319)), Some(1001));
        assert_eq!(user_in(table, end(0x4319), end(0xa8f2)), Some(1000));
        assert_eq!(user_in(table, end(0xa8f3), end(0x4319)), None);
        assert_eq!(user_in("", end(1), end(2)), None);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_we_connect_is_ours() {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = listener.await.unwrap();
        let to = listener.local_addr().unwrap();
        let (made, taken) = tokio::join!(TcpStream::connect(to), listener.accept());
        let (made, (taken, _)) = (made.unwrap(), taken.unwrap());
        let (SocketAddr::V4(from), SocketAddr::V4(to)) = (made.local_addr().unwrap(), to) else {
            panic!("IPv4 was asked for");
        };
        assert_eq!(user_of(from, to), us());
        assert!(!is_another_users(&taken));
    }
}
