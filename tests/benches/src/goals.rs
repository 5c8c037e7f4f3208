//! What is to hold between the paths, judged within one run: machines differ,
//! ratios less so. A goal that is missed, or was not measured, says so.

use crate::report::Report;
use crate::spec::Figures;

/// A bound on a ratio or a size.
struct Goal {
    name: String,
    value: Option<f64>,
    unit: &'static str,
    bound: f64,
    aim: Option<f64>,
    /// Whether less is better.
    at_most: bool,
}

impl Goal {
    fn keeps(&self, bound: f64) -> bool {
        self.value.is_some_and(|value| {
            if self.at_most {
                value <= bound
            } else {
                value >= bound
            }
        })
    }

    fn verdict(&self) -> &'static str {
        match (self.value, self.aim) {
            (None, _) => "NOT MEASURED",
            (Some(_), Some(aim)) if self.keeps(aim) => "met, and the aim",
            (Some(_), Some(_)) if self.keeps(self.bound) => "met, not the aim",
            (Some(_), None) if self.keeps(self.bound) => "met",
            _ => "MISSED",
        }
    }
}

/// The goals as rows of a table.
pub(crate) fn table(report: &Report) -> Vec<[String; 5]> {
    let goals = goals(report);
    let shown = |goal: &Goal| {
        let sign = if goal.at_most { "≤" } else { "≥" };
        let number = |value: f64| format!("{value:.2}{}", goal.unit);
        [
            goal.name.clone(),
            goal.value.map_or("–".to_owned(), number),
            format!("{sign} {}", number(goal.bound)),
            goal.aim
                .map_or(String::new(), |aim| format!("{sign} {}", number(aim))),
            goal.verdict().to_owned(),
        ]
    };
    goals.iter().map(shown).collect()
}

fn goals(report: &Report) -> Vec<Goal> {
    let figures =
        |job: &str, path: &str, at_once, note: &str| report.figures(job, path, at_once, note);
    let cpu = |job: &str, path: &str, at_once, note: &str| {
        Some(figures(job, path, at_once, note)?.cpu_us)
    };
    let of = |a: Option<f64>, b: Option<f64>| Some(a? / b?);
    let one = |job: &str, path: &str| cpu(job, path, 1, "");
    let wide = |path: &str| cpu("find", path, 32, "");
    let late = |path: &str, ms| cpu("find", path, 1, &format!("answers after {ms} ms"));
    let pair = |at_once| {
        of(
            cpu("find", "typed", at_once, "two workers"),
            cpu("find", "typed", at_once, ""),
        )
    };
    let largest = report.uploads().into_iter().max().unwrap_or_default();
    let upload = |path: &str, mebibytes: u64, after: &str| {
        figures("upload", path, 1, &format!("{mebibytes} MiB{after}"))
    };
    let wall = |figures: Option<Figures>| Some(figures?.wall_us);
    let rate = |after: &str| {
        of(
            wall(upload("native", largest, after)),
            wall(upload("typed", largest, after)),
        )
    };
    let peak = |figures: Option<Figures>| Some(figures?.peak_mib);
    let waits = |at_once| peak(figures("wait", "typed", at_once, "waiting for budget"));
    let first = |path: &str| Some(figures("start", path, 1, "")?.p50_us);

    let most = |name: &str, value, bound| Goal {
        name: name.to_owned(),
        value,
        unit: " ×",
        bound,
        aim: None,
        at_most: true,
    };
    let least = |name: &str, value, bound| Goal {
        at_most: false,
        ..most(name, value, bound)
    };
    let aiming = |aim, goal: Goal| Goal {
        aim: Some(aim),
        ..goal
    };
    let mebibytes = |goal: Goal| Goal {
        unit: " MiB",
        ..goal
    };
    // By the host's own threads, and where the caller awaits.
    let ours = |path: &str| {
        let said = |name: &str| match path {
            "typed" => name.to_owned(),
            _ => format!("{name}, {path}"),
        };
        [
            most(
                &said("nothing, CPU against a native exchange"),
                of(one("nothing", path), one("find", "native")),
                1.6,
            ),
            aiming(
                3.0,
                most(
                    &said("one exchange, CPU against native"),
                    of(one("find", path), one("find", "native")),
                    4.0,
                ),
            ),
            aiming(
                3.0,
                most(
                    &said("a case, CPU against native"),
                    of(one("case", path), one("case", "native")),
                    4.0,
                ),
            ),
            aiming(
                2.5,
                least(
                    &said("stock's CPU against ours, one in flight"),
                    of(one("find", "stock"), one("find", path)),
                    1.5,
                ),
            ),
            aiming(
                2.5,
                least(
                    &said("stock's CPU against ours, 32 in flight"),
                    of(wide("stock"), wide(path)),
                    1.5,
                ),
            ),
        ]
    };
    let others = vec![
        most(
            "a call that waits 200 ms, CPU against stock",
            of(late("typed", 200), late("stock", 200)),
            1.2,
        ),
        most(
            "a call that waits 6 s, CPU against stock",
            of(late("typed", 6000), late("stock", 6000)),
            1.2,
        ),
        least(
            "fresh jco's CPU against ours",
            of(one("find", "jco"), one("find", "typed")),
            50.0,
        ),
        most(
            "a case, CPU against undici",
            of(one("case", "typed"), one("case", "undici")),
            1.0,
        ),
        most(
            "32 in flight, CPU against undici",
            of(wide("typed"), wide("undici")),
            1.0,
        ),
        most("two workers against one, 32 in flight", pair(32), 1.1),
        most("two workers against one, one in flight", pair(1), 1.1),
        least("upload, rate against native, idle", rate(""), 0.9),
        least("upload, rate against native, loaded", rate(", loaded"), 0.9),
        most(
            "upload, memory of the largest against 128 MiB",
            of(
                peak(upload("typed", largest, "")),
                peak(upload("typed", 128, "")),
            ),
            1.15,
        ),
        mebibytes(most(
            "memory of 1,000 in flight",
            peak(figures("wait", "typed", 1_000, "in flight")),
            300.0,
        )),
        mebibytes(most(
            "10,000 waiting for budget, more than one",
            waits(10_000).zip(waits(1)).map(|(a, b)| a - b),
            50.0,
        )),
        most(
            "start, warm: first byte against Node's",
            of(first("clio, warm"), first("node")),
            1.0 / 7.0,
        ),
    ];
    ["typed", "in-place"]
        .iter()
        .flat_map(|path| ours(path))
        .chain(others)
        .collect()
}
