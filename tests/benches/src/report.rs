//! What a run found: medians of its rounds, as tables and as JSON.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde::Serialize;

use crate::goals;
use crate::spec::Figures;

/// Figures of one job by one path.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    job: String,
    path: String,
    at_once: usize,
    note: String,
    runs: Vec<Figures>,
}

impl Row {
    pub(crate) fn new(job: &str, path: &str, at_once: usize, note: &str) -> Self {
        Self {
            job: job.to_owned(),
            path: path.to_owned(),
            at_once,
            note: note.to_owned(),
            runs: Vec::new(),
        }
    }

    fn is(&self, job: &str, path: &str, at_once: usize, note: &str) -> bool {
        self.job == job && self.path == path && self.at_once == at_once && self.note == note
    }

    fn median(&self) -> Figures {
        let median = |of: fn(&Figures) -> f64| {
            let mut all: Vec<f64> = self.runs.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        Figures {
            cpu_us: median(|it| it.cpu_us),
            wall_us: median(|it| it.wall_us),
            p50_us: median(|it| it.p50_us),
            p99_us: median(|it| it.p99_us),
            peak_mib: median(|it| it.peak_mib),
            requests: median(|it| it.requests),
            actions: self.runs[0].actions,
        }
    }
}

/// Everything that a run found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Machine, versions, date.
    about: String,
    rows: Vec<Row>,
    /// Instructions and allocations of this program's paths.
    pub(crate) counted: Vec<[String; 3]>,
    goals: Vec<[String; 5]>,
    /// What was not measured, and why.
    pub(crate) left_out: Vec<String>,
}

impl Report {
    pub(crate) fn new(full: bool) -> Self {
        Self {
            about: about(full),
            rows: Vec::new(),
            counted: Vec::new(),
            goals: Vec::new(),
            left_out: Vec::new(),
        }
    }

    pub(crate) fn keep(&mut self, row: Row, figures: Figures) {
        let same = |it: &&mut Row| it.is(&row.job, &row.path, row.at_once, &row.note);
        match self.rows.iter_mut().find(same) {
            Some(row) => row.runs.push(figures),
            None => self.rows.push(Row {
                runs: vec![figures],
                ..row
            }),
        }
    }

    /// The median of a row, where it was measured.
    pub(crate) fn figures(
        &self,
        job: &str,
        path: &str,
        at_once: usize,
        note: &str,
    ) -> Option<Figures> {
        let row = self.rows.iter().find(|it| it.is(job, path, at_once, note));
        row.map(Row::median)
    }

    /// The sizes that were uploaded, in MiB.
    pub(crate) fn uploads(&self) -> BTreeSet<u64> {
        let sizes = self.rows.iter().filter(|row| row.job == "upload");
        sizes
            .filter_map(|row| row.note.split(' ').next()?.parse().ok())
            .collect()
    }

    /// Prints the tables, and writes all figures beside the build.
    pub(crate) fn print_and_write(mut self) -> Result<()> {
        self.goals = goals::table(&self);
        println!("{}\n", self.about);
        self.print_jobs();
        self.print_rows();
        println!("| Counted | Instructions | Allocations |\n| --- | ---: | ---: |");
        for row in &self.counted {
            println!("| {} |", row.join(" | "));
        }
        println!();
        println!("| Goal | Measured | Bound | Aim | |\n| --- | ---: | ---: | ---: | --- |");
        for goal in &self.goals {
            println!("| {} |", goal.join(" | "));
        }
        for line in &self.left_out {
            println!("\nLeft out: {line}");
        }
        let file = crate::beside("performance.json")?;
        fs::write(&file, serde_json::to_string_pretty(&self)?)?;
        eprintln!("All figures: {}", file.display());
        Ok(())
    }

    /// CPU an action, a job a line and a path a column.
    fn print_jobs(&self) {
        const PATHS: [&str; 9] = [
            "native",
            "typed",
            "in-place",
            "json",
            "stock",
            "jco",
            "jco-reused",
            "fetch",
            "undici",
        ];
        println!("CPU of one action in µs, one in flight:\n");
        println!("| Job (requests) | {} |", PATHS.join(" | "));
        println!("| --- |{}", " ---: |".repeat(PATHS.len()));
        let plain = |row: &&Row| row.at_once == 1 && row.note.is_empty();
        let mut jobs: Vec<&str> = Vec::new();
        for row in self
            .rows
            .iter()
            .filter(plain)
            .filter(|row| PATHS.contains(&row.path.as_str()))
        {
            if row.job != "start" && !jobs.contains(&row.job.as_str()) {
                jobs.push(&row.job);
            }
        }
        for job in jobs {
            let of = |path: &&str| self.figures(job, path, 1, "");
            let requests = of(&"typed").map_or(f64::NAN, |it| it.requests);
            let cells = PATHS
                .iter()
                .map(|path| of(path).map_or("–".into(), |it| number(it.cpu_us)));
            let cells: Vec<String> = cells.collect();
            println!("| {job} ({requests:.0}) | {} |", cells.join(" | "));
        }
        println!();
    }

    fn print_rows(&self) {
        println!("Everything, an action each; of a process its start to its end:\n");
        println!(
            "| Job | Path | In flight | | Runs | CPU µs | min–max | p50 ms | p99 ms | Peak MiB | Requests |"
        );
        println!("| --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        for row in &self.rows {
            let it = row.median();
            let cpu = row.runs.iter().map(|it| it.cpu_us);
            println!(
                "| {} | {} | {} | {} | {} | {} | {}–{} | {} | {} | {:.1} | {:.1} |",
                row.job,
                row.path,
                row.at_once,
                row.note,
                row.runs.len(),
                number(it.cpu_us),
                number(cpu.clone().fold(f64::INFINITY, f64::min)),
                number(cpu.fold(0.0, f64::max)),
                number(it.p50_us / 1e3),
                number(it.p99_us / 1e3),
                it.peak_mib,
                it.requests,
            );
        }
        println!();
    }
}

/// Three digits that count.
fn number(value: f64) -> String {
    match value {
        0.0..1.0 => format!("{value:.2}"),
        1.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// When, on what, with what.
fn about(full: bool) -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let line = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lock = read(&here.join("../../Cargo.lock").to_string_lossy());
    let wasmtime = lock.split("name = \"wasmtime\"\nversion = \"").nth(1);
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|it| it.strip_prefix("model name\t: "));
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "{} run of {}, clio {} (release), wasmtime {}, {}, Node {}; {} cores of {}, Linux {}, load {load}",
        if full { "Full" } else { "Quick" },
        jiff::Zoned::now().strftime("%Y-%m-%d %H:%M"),
        env!("CARGO_PKG_VERSION"),
        wasmtime.and_then(|it| it.split('"').next()).unwrap_or("?"),
        line("rustc", &["--version"]).unwrap_or_default(),
        line("node", &["--version"]).unwrap_or("none".to_owned()),
        std::thread::available_parallelism().map_or(0, usize::from),
        model.unwrap_or("?"),
        read("/proc/sys/kernel/osrelease").trim(),
    )
}
