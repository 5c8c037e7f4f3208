//! The `clio` command as a process: how soon its first request is on the wire,
//! and what a whole case costs.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::process::{self, Ended, PeerProcess};
use crate::spec::{Figures, Spec};
use crate::suite::Suite;

/// The same request that `clio run lookup` makes, by what a script would use.
const FETCH: &str = "fetch(process.env.CLIO_ORIGIN + '/api/v4/practice_areas.json?fields=id,name,code&limit=200', \
    {headers: {authorization: 'Bearer ' + process.env.CLIO_ACCESS_TOKEN}}) \
    .then(r => r.json()).then(j => console.log(JSON.stringify(j.data)))";

/// Start-up, warm, cold, and Node's.
pub(crate) fn start(suite: &mut Suite) -> Result<()> {
    let clio = crate::beside("clio")?;
    ensure!(
        clio.is_file(),
        "`clio` is not built: cargo build --release --locked"
    );
    let server = Server::start()?;
    let lookup: [&str; 4] = ["run", "lookup", "--input", r#"{"kind": "practice_areas"}"#];
    let warm = home(suite, "warm")?;
    for round in 0..if suite.full { 12 } else { 6 } {
        for path in ["clio, warm", "clio, cold", "node"] {
            if !suite.has_time("start") {
                return Ok(());
            }
            let cold = home(suite, &format!("cold-{round}"))?;
            let mut command = Command::new(if path == "node" {
                Path::new("node")
            } else {
                &clio
            });
            match path {
                "node" => command.args(["-e", FETCH]),
                _ => command.args(lookup),
            };
            let home = if path == "clio, cold" { &cold } else { &warm };
            within(
                &mut command,
                home,
                &home.join("cache"),
                &server.origin,
                "1-abc",
            );
            server.forget();
            let began = Instant::now();
            let ended = process::run(command, Duration::from_secs(60))?;
            let first = server.first().context("no request came")? - began;
            // The first warm one fills the cache.
            if round > 0 {
                let mut figures = of(&ended);
                (figures.p50_us, figures.p99_us) = (micros(first), micros(first));
                figures.requests = 1.0;
                suite.keep(&Spec::new(path, "start", 1), "", figures);
            }
        }
    }
    Ok(())
}

/// `clio sync` of cases, each twice.
pub(crate) fn sync(suite: &mut Suite) -> Result<()> {
    let clio = crate::beside("clio")?;
    let mut peer = PeerProcess::start(0, 0)?;
    let cache = suite.folder.path().join("cache-sync");
    private(&cache)?;
    let sizes: &[usize] = if suite.full { &[20, 100, 500] } else { &[20] };
    for round in 0..if suite.full { 3 } else { 2 } {
        for documents in sizes {
            let name = format!("case-{documents}-{round}");
            let home = home(suite, &name)?;
            let case = write_case(&home, &name, *documents)?;
            for path in ["clio, first", "clio, again"] {
                let what = format!("sync {documents}");
                if !suite.has_time(&what) {
                    continue;
                }
                let mut command = Command::new(&clio);
                command.arg("sync").arg(&case).arg("--json");
                command.stderr(Stdio::null());
                within(
                    &mut command,
                    &home,
                    &cache,
                    &peer.place.origin,
                    &peer.place.token,
                );
                peer.ask("forget")?;
                let ended = process::run(command, Duration::from_secs(120))?;
                let mut figures = of(&ended);
                let [api, storage] = peer.requests()?;
                figures.requests = (api + storage) as f64;
                // The first one fills the cache.
                if round > 0 {
                    suite.keep(&Spec::new(path, &what, 1), "", figures);
                }
            }
        }
    }
    Ok(())
}

fn of(ended: &Ended) -> Figures {
    Figures {
        cpu_us: micros(ended.cpu),
        wall_us: micros(ended.wall),
        p50_us: micros(ended.wall),
        p99_us: micros(ended.wall),
        peak_mib: ended.peak_mib,
        requests: 0.0,
        actions: 1,
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// An environment with what the command needs and nothing else.
fn within(command: &mut Command, home: &Path, cache: &Path, origin: &str, token: &str) {
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("CLIO_HOME", home)
        .env("CLIO_CACHE", cache)
        .env("CLIO_ORIGIN", origin)
        .env("CLIO_ACCESS_TOKEN", token);
}

fn home(suite: &Suite, name: &str) -> Result<std::path::PathBuf> {
    let path = suite.folder.path().join(name);
    private(&path)?;
    Ok(path)
}

/// A folder for this user alone: the command takes no other.
fn private(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = fs::DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(path);
    made.with_context(|| format!("cannot make {}", path.display()))
}

/// A case file and its documents, of 20 KiB each.
fn write_case(folder: &Path, name: &str, documents: usize) -> Result<std::path::PathBuf> {
    let unique = format!("{name}-{:x}", UNIX_EPOCH.elapsed()?.as_micros());
    let mut listed = Vec::new();
    for k in 0..documents {
        let file = format!("d{k}.pdf");
        let mut bytes = vec![k as u8; 20 << 10];
        bytes[..8].copy_from_slice(&(k as u64).to_le_bytes());
        fs::write(folder.join(&file), bytes)?;
        listed.push(
            json!({"source_id": format!("d{k}"), "file": file, "name": file, "approved": true}),
        );
    }
    let case = json!({
        "source_id": format!("bench:{unique}"),
        "client": {"first_name": "Ann", "last_name": "Case", "email": format!("{unique}@example.com")},
        "matter": {"title": "Case"},
        "documents": listed,
    });
    let path = folder.join("case.json");
    fs::write(&path, case.to_string())?;
    Ok(path)
}

/// Answers one list of practice areas, and keeps when the first byte arrived.
/// Less than the sandbox does, so that the time is the client's.
struct Server {
    origin: String,
    first: Arc<Mutex<Option<Instant>>>,
}

impl Server {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let origin = format!("http://{}", listener.local_addr()?);
        let first = Arc::new(Mutex::new(None));
        let seen = Arc::clone(&first);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || answer(socket, &seen));
            }
        });
        Ok(Self { origin, first })
    }

    fn forget(&self) {
        *self.first.lock().unwrap() = None;
    }

    fn first(&self) -> Option<Instant> {
        *self.first.lock().unwrap()
    }
}

fn answer(mut socket: TcpStream, seen: &Mutex<Option<Instant>>) {
    let body =
        r#"{"data":[{"id":1,"name":"Family","code":null}],"meta":{"records":1,"paging":{}}}"#;
    let mut head = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(read @ 1..) = socket.read(&mut piece) {
        seen.lock().unwrap().get_or_insert_with(Instant::now);
        head.extend_from_slice(&piece[..read]);
        if head.ends_with(b"\r\n\r\n") {
            head.clear();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n\
                 X-RateLimit-Limit: 50\r\nX-RateLimit-Remaining: 49\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = socket.write_all(answer.as_bytes());
        }
    }
}
