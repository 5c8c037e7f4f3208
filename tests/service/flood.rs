//! A flood of deliveries, a tenth of them forged.
//!
//! By default a short one; `CLIO_FLOOD_SECONDS=10 CLIO_FLOOD_RATE=1000` makes it
//! the one that the service must stand, and asserts that it keeps the pace.

use std::time::{Duration, Instant};

use clio_runner::journal::runs::Status;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::firm::Firm;
use crate::hooks::{signature, told};

const CONNECTIONS: usize = 32;
/// What memory may grow by once it is warm: what is told is on the disk.
const GROWTH: u64 = 16 * 1024 * 1024;

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_answered_the_forged_refused_and_none_is_lost() {
    let (seconds, rate) = (
        setting("CLIO_FLOOD_SECONDS", 2),
        setting("CLIO_FLOOD_RATE", 500),
    );
    let firm = Firm::new().await;
    let serving = firm.serve_and_subscribe().await;
    let all = firm.in_clio().await;
    let webhook = all.iter().find(|it| it.model == "matter").unwrap();
    let at = webhook.url.strip_prefix(&firm.proxy.url).unwrap();
    let secret = webhook.secret.as_deref().unwrap();
    let request = |number: usize| {
        let body = told(webhook, number as u64 % 500 + 1, &number.to_string());
        let forged = number % 10 == 3;
        let signature = match forged {
            true => signature("another secret", &body),
            false => signature(secret, &body),
        };
        let head = format!(
            "POST {at} HTTP/1.1\r\nHost: {}\r\nX-Hook-Signature: {signature}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            serving.address,
            body.len()
        );
        let status = if forged { 401 } else { 200 };
        (format!("{head}{body}").into_bytes(), status)
    };
    let count = seconds * rate;
    let requests: Vec<(Vec<u8>, u16)> = (0..count).map(request).collect();
    let mut parts: Vec<Vec<(usize, Vec<u8>, u16)>> = vec![Vec::new(); CONNECTIONS];
    for (number, (request, status)) in requests.into_iter().enumerate() {
        parts[number % CONNECTIONS].push((number, request, status));
    }

    let begun = Instant::now();
    let mut senders = tokio::task::JoinSet::new();
    for part in parts {
        let address = serving.address.clone();
        senders.spawn(async move {
            let mut socket = BufReader::new(TcpStream::connect(address).await.unwrap());
            let mut slowest = Duration::ZERO;
            for (number, request, status) in part {
                let due = begun + Duration::from_secs_f64(number as f64 / rate as f64);
                tokio::time::sleep_until(due.into()).await;
                let sent = Instant::now();
                socket.write_all(&request).await.unwrap();
                assert_eq!(answered(&mut socket).await, status, "delivery {number}");
                slowest = slowest.max(sent.elapsed());
            }
            slowest
        });
    }
    let (mut warm, mut most) = (None, 0);
    let mut slowest = Duration::ZERO;
    while !senders.is_empty() {
        tokio::select! {
            Some(ended) = senders.join_next() => slowest = slowest.max(ended.unwrap()),
            () = tokio::time::sleep(Duration::from_millis(100)) => {
                let held = held(serving.pid());
                if begun.elapsed().as_secs_f64() > seconds as f64 / 4.0 {
                    warm.get_or_insert(held);
                    most = most.max(held);
                }
            }
        }
    }
    let took = begun.elapsed();
    // None is lost, not even when it ends here.
    serving.kill().await;
    let stored = firm.runs("delivery");
    assert_eq!(stored.len(), count - count / 10);
    let acted_on = stored
        .iter()
        .filter(|run| run.status == Status::Done)
        .count();
    let grown = most.saturating_sub(warm.unwrap_or(most));
    println!(
        "{count} deliveries in {took:.1?}, the slowest answered in {slowest:.0?}; acted on \
         meanwhile: {acted_on}; memory: {} MiB, grown by {} KiB",
        most >> 20,
        grown >> 10
    );
    assert!(grown < GROWTH, "{grown} bytes more");
    if rate >= 1000 {
        let most = Duration::from_secs(seconds as u64 + 1);
        assert!(took < most, "{took:?}");
    }
}

/// Reads one answer, and returns its status.
async fn answered(socket: &mut BufReader<TcpStream>) -> u16 {
    let (mut status, mut length) = (0, 0);
    loop {
        let mut line = String::new();
        let read = socket.read_line(&mut line).await.unwrap();
        assert!(read > 0, "the connection ended early");
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if line.starts_with("HTTP/1.1 ") {
            status = line[9..12].parse().unwrap();
        } else if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.unwrap();
    status
}

/// What a process holds now, in bytes.
fn held(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.unwrap().parse::<u64>().unwrap() * 1024
}
