//! Runs actions, so many at once, and says what one cost.

use std::fs;
use std::future::ready;
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};

use crate::spec::{Figures, Spec};

/// The actions of a process: a warm-up, then those that count.
pub(crate) async fn run<F: Future<Output = ()>>(
    spec: &Spec,
    action: impl Fn(usize) -> F,
) -> Figures {
    let action = &action;
    let most = Duration::from_millis(spec.most_ms);
    let began = Instant::now();
    let within = |part| move |_: &usize| ready(began.elapsed() < most / part);
    let warm = stream::iter(0..spec.warm).take_while(within(4)).map(action);
    let warm = warm.buffer_unordered(spec.at_once).count().await;
    // The peak from here on: Linux forgets the one before.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let (cpu, began) = (cpu_seconds(), Instant::now());
    let timed = |i| async move {
        let began = Instant::now();
        action(i).await;
        began.elapsed().as_secs_f64() * 1e6
    };
    let within = |_: &usize| ready(began.elapsed() < most);
    let all = stream::iter(spec.warm..spec.warm + spec.count)
        .take_while(within)
        .map(timed);
    let mut times: Vec<f64> = all.buffer_unordered(spec.at_once).collect().await;
    let (cpu, wall) = (cpu_seconds() - cpu, began.elapsed().as_secs_f64());
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    let each = |seconds: f64| seconds * 1e6 / times.len() as f64;
    Figures {
        cpu_us: each(cpu),
        wall_us: each(wall),
        p50_us: at(0.5),
        p99_us: at(0.99),
        peak_mib: peak_mib(),
        actions: warm + times.len(),
        requests: 0.0,
    }
}

/// CPU time of this process so far, all threads together.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The most memory of this process.
fn peak_mib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}
