//! The processes of a run: the peer, those that measure, those that keep the
//! machine busy. Each ends with its handle, and none runs for longer than it may.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::spec::{Figures, Peer, Spec};

/// This program again, in another role.
pub(crate) fn myself(role: &str) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(role);
    Ok(command)
}

/// The other side.
#[derive(Debug)]
pub(crate) struct PeerProcess {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub(crate) place: Peer,
}

impl PeerProcess {
    pub(crate) fn start(documents: usize, changed: usize) -> Result<Self> {
        let mut child = myself("peer")?
            .args([documents.to_string(), changed.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let commands = child.stdin.take().context("the peer's stdin")?;
        let answers = BufReader::new(child.stdout.take().context("the peer's stdout")?);
        let mut peer = Self {
            child,
            commands,
            answers,
            place: Peer::default(),
        };
        peer.place = serde_json::from_str(&peer.line()?).context("the peer says where it is")?;
        Ok(peer)
    }

    /// One command of [`crate::peer`], and its answer.
    pub(crate) fn ask(&mut self, command: &str) -> Result<String> {
        writeln!(self.commands, "{command}")?;
        self.line()
    }

    /// Requests to the API and to storage since the last `forget`.
    pub(crate) fn requests(&mut self) -> Result<[u64; 2]> {
        Ok(serde_json::from_str(&self.ask("count")?)?)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.answers.read_line(&mut line)? > 0, "the peer has ended");
        Ok(line)
    }
}

impl Drop for PeerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One busy process a core, until this is dropped.
#[derive(Debug)]
pub(crate) struct Busy(Vec<Child>);

impl Busy {
    pub(crate) fn start() -> Result<Self> {
        let cores = thread::available_parallelism()?.get();
        let each = (0..cores).map(|_| Ok(myself("spin")?.stdin(Stdio::piped()).spawn()?));
        Ok(Self(each.collect::<Result<_>>()?))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Spins until whoever started it is gone, or for five minutes.
pub(crate) fn spin() {
    thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(300) {
        std::hint::spin_loop();
    }
}

/// What an ended process took.
#[derive(Debug, Default, Clone)]
pub(crate) struct Ended {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak_mib: f64,
    pub(crate) stdout: String,
}

/// Runs a process to its end. It is killed after `most`.
pub(crate) fn run(mut command: Command, most: Duration) -> Result<Ended> {
    let shown = format!("{command:?}");
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {shown}"))?;
    let pid = child.id() as i32;
    let (done, ended) = mpsc::channel::<()>();
    let guard = thread::spawn(move || {
        if ended.recv_timeout(most) == Err(mpsc::RecvTimeoutError::Timeout)
            && let Some(pid) = Pid::from_raw(pid)
        {
            let _ = kill_process(pid, Signal::KILL);
        }
    });
    let mut stdout = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut stdout)?;
    }
    let (status, cpu, peak_mib) = wait(pid)?;
    drop(done);
    let _ = guard.join();
    let wall = began.elapsed();
    ensure!(
        status.success(),
        "{shown} ended with {status} after {wall:?}"
    );
    Ok(Ended {
        wall,
        cpu,
        peak_mib,
        stdout,
    })
}

/// Waits for a child: how it ended, its CPU time, and the most memory it held in
/// MiB. The standard library tells only the first.
fn wait(pid: i32) -> Result<(ExitStatus, Duration, f64)> {
    let mut status = 0;
    // SAFETY: `rusage` is plain numbers, and both pointers are to live values.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        ensure!(
            libc::wait4(pid, &mut status, 0, &mut usage) == pid,
            "wait4 fails"
        );
        usage
    };
    let time = |t: libc::timeval| Duration::new(t.tv_sec as u64, t.tv_usec as u32 * 1000);
    let cpu = time(usage.ru_utime) + time(usage.ru_stime);
    Ok((
        ExitStatus::from_raw(status),
        cpu,
        usage.ru_maxrss as f64 / 1024.0,
    ))
}

/// Measures by one process: `program` gets the spec as its last argument and
/// prints figures as its last line.
pub(crate) fn measure(
    mut program: Command,
    spec: &Spec,
    peer: &mut PeerProcess,
) -> Result<Figures> {
    let spec = Spec {
        peer: peer.place.clone(),
        ..spec.clone()
    };
    peer.ask(if matches!(spec.job.as_str(), "new" | "case") {
        "later"
    } else {
        "forget"
    })?;
    program.arg(serde_json::to_string(&spec)?);
    let ended = run(program, Duration::from_secs(240))?;
    let line = ended
        .stdout
        .lines()
        .last()
        .context("no figures were printed")?;
    let mut figures: Figures = serde_json::from_str(line)?;
    let [api, storage] = peer.requests()?;
    figures.requests = (api + storage) as f64 / figures.actions as f64;
    Ok(figures)
}

/// Lets this process open as many files as the system allows: each call in
/// flight has a connection.
pub(crate) fn open_many_files() -> Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}
