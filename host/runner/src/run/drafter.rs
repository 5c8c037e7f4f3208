//! A draft by another program: `--draft-with COMMAND` of `clio run fill-document`.
//!
//! The program is told the matter's values and the template's text, and writes the
//! document in its own way. What it returns is a draft like any that was filled.
//!
//! What must stay true: it gets these on its standard input and nothing else, no
//! token, no variable of ours, nothing of another matter, and nothing of the matter
//! among its arguments; it ends in time, and what it returns is bounded.

use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clio_host::actions::fill_document::{Content, FillOutcome};
use clio_host::{Action, Host, MOST_DRAFTED, Made, drafted};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;

use super::call::{self, Ended, How, Request};
use crate::digest::Digest;
use crate::failure::Failure;
use crate::program::{self, Group};
use crate::session::Session;

/// The action and the function whose place a drafter takes.
pub const PLACE: (&str, &str) = ("fill-document", "fill");

/// How long a drafter may take, where nothing else is said: one that asks a model
/// takes minutes.
pub const TIME: Duration = Duration::from_secs(300);

/// What a Word document begins with.
const ZIP: &[u8] = b"PK\x03\x04";

/// The most bytes of a draft that stand in a result.
const INLINE: usize = 1 << 20;

/// A program that drafts, and how long it may take.
#[derive(Debug, Clone)]
pub struct Drafter {
    program: String,
    arguments: Vec<String>,
    time: Duration,
}

impl Drafter {
    /// A program and its arguments, with spaces between them.
    pub fn parse(command: &str, time: Duration) -> Result<Self, Failure> {
        let mut words = command.split_whitespace().map(str::to_owned);
        let Some(program) = words.next() else {
            return Err(Failure::usage("--draft-with names no program")
                .next("give a program, and its arguments behind it"));
        };
        Ok(Self {
            program,
            arguments: words.collect(),
            time,
        })
    }

    /// Has the program draft in place of `fill-document.fill`, which the request
    /// asks for.
    ///
    /// # Errors
    /// What keeps it from drafting. What the look at the matter ends in is no error
    /// here.
    pub async fn draft<'s>(
        &self,
        session: &'s Session,
        host: &Host,
        action: &Action,
        mut request: Request,
        mut how: How,
    ) -> Result<Ended<'s>, Failure> {
        let output = how.output.take();
        if let Some(members) = request.input.as_object_mut() {
            for fill in ["locale", "into"] {
                if members.remove(fill).is_some_and(|it| !it.is_null()) {
                    let what = format!("/{fill} is for filling, and nothing is filled");
                    return Err(Failure::usage(what).next("leave it out, or --draft-with"));
                }
            }
        }
        request.function = Some("gather".to_owned());
        let mut ended = call::made(session, host, action, request, how).await?;
        if ended.failure().is_some() {
            return Ok(ended);
        }
        let draft = self.run(&ended.told).await?;
        let Content::Inline(bytes) = &draft.content else {
            return Err(Failure::host("the draft is not there"));
        };
        // Before anybody has it: from now on nobody passes it off as a person's.
        let made = Made::Bytes(Digest::of(bytes).0);
        let owner = &session.account.scope;
        session.journal.remember_made(owner, made, "a drafter")?;
        let mut told = json!(draft);
        match output {
            Some(output) if output.is_word() != bytes.starts_with(ZIP) => {
                let what = format!(
                    "the draft is {}, and --output names another kind of file",
                    draft.media_type
                );
                return Err(Failure::usage(what)
                    .next("name a file of that kind, or have the drafter write the other"));
            }
            Some(output) => {
                let bytes = told["content"]["inline"].take();
                told["content"]["inline"] = json!({ "bytes": bytes });
                output.keep(&mut told)?;
            }
            None if bytes.len() > INLINE => {
                return Err(Failure::usage("the draft is larger than 1 MiB")
                    .next("give --output FILE, which takes it"));
            }
            None => {}
        }
        ended.told = told;
        Ok(ended)
    }

    /// Runs the program on what was gathered.
    async fn run(&self, gathered: &Value) -> Result<FillOutcome, Failure> {
        let named = |what: String| {
            Failure::host(format!("the drafter {}: {what}", self.program))
                .next("try it by hand: it reads JSON and writes a document")
        };
        let mut command = program::command(&self.program, &self.arguments);
        command.stdout(Stdio::piped());
        let child = command.spawn();
        let child = child.map_err(|error| named(format!("cannot be started: {error}")))?;
        let asked = asked(gathered).to_string();
        // Dropped when its time is over, and with it the program and what it began.
        let answered = tokio::time::timeout(self.time, answered(child, asked)).await;
        let seconds = self.time.as_secs();
        let bytes = answered
            .map_err(|_| named(format!("did not end within {seconds} s")))?
            .map_err(named)?;
        let template = gathered["media_type"].as_str().unwrap_or_default();
        let draft = document(bytes).and_then(|bytes| drafted(bytes, template));
        draft.map_err(named)
    }
}

/// What a drafter is told.
fn asked(gathered: &Value) -> Value {
    let (mut fields, mut hidden) = (Map::new(), Vec::new());
    for field in gathered["fields"].as_array().into_iter().flatten() {
        let name = field["name"].as_str().unwrap_or_default();
        if field["hidden"] == true {
            hidden.push(name);
        }
        fields.insert(name.to_owned(), field["value"].clone());
    }
    json!({
        "fields": fields,
        "hidden": hidden,
        "template_text": gathered["template_text"],
        "media_type": gathered["media_type"],
    })
}

async fn answered(mut child: Child, asked: String) -> Result<Vec<u8>, String> {
    let group = Group::of(&child);
    let (input, output) = (child.stdin.take(), child.stdout.take());
    let feed = async move {
        if let Some(mut input) = input {
            // One that does not read says by its code whether it is done.
            let _ = input.write_all(asked.as_bytes()).await;
        }
    };
    let read = async move {
        let mut bytes = Vec::new();
        if let Some(output) = output {
            let mut bounded = output.take(MOST_DRAFTED + 1);
            bounded.read_to_end(&mut bytes).await?;
        }
        Ok::<_, std::io::Error>(bytes)
    };
    let ((), bytes) = tokio::join!(feed, read);
    let bytes = bytes.map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MOST_DRAFTED {
        // It may still write: it is not waited for.
        return Ok(bytes);
    }
    let status = child.wait().await;
    group.ended();
    match status {
        Ok(status) if status.success() => Ok(bytes),
        Ok(status) => Err(format!("ended with {status}")),
        Err(error) => Err(format!("cannot be waited for: {error}")),
    }
}

/// The document that a program wrote: `{"text": …}`, `{"docx_base64": …}`, or the
/// document itself.
fn document(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let said = serde_json::from_slice::<Map<String, Value>>(&bytes).ok();
    let member = |name: &str| said.as_ref()?.get(name)?.as_str();
    if said
        .as_ref()
        .is_some_and(|said| !said.contains_key("text") && !said.contains_key("docx_base64"))
    {
        return Err("writes JSON with neither `text` nor `docx_base64`".to_owned());
    }
    match (member("text"), member("docx_base64")) {
        (Some(text), None) => Ok(text.as_bytes().to_vec()),
        (None, Some(docx)) => STANDARD
            .decode(docx)
            .map_err(|_| "writes a docx_base64 that is no base64".to_owned()),
        (None, None) if said.is_none() => Ok(bytes),
        _ => Err("is to write `text` or `docx_base64` as a string, and one of them".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn gathered() -> Value {
        json!({
            "fields": [{"name": "client.name", "value": "Ann Lee", "hidden": false},
                {"name": "client.email", "value": null, "hidden": true}],
            "template_text": "Dear {{ client.name }}", "media_type": "text/markdown; charset=utf-8",
        })
    }

    fn drafter(script: &str, time: Duration) -> (tempfile::TempDir, Drafter) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("drafter.sh");
        std::fs::write(&path, script).unwrap();
        let command = format!("sh {}", path.display());
        (folder, Drafter::parse(&command, time).unwrap())
    }

    async fn written(script: &str, time: Duration) -> Result<FillOutcome, String> {
        let (_folder, drafter) = drafter(script, time);
        let draft = drafter.run(&gathered()).await;
        draft.map_err(|failure| failure.to_string())
    }

    fn bytes(draft: &FillOutcome) -> &[u8] {
        match &draft.content {
            Content::Inline(bytes) => bytes,
            Content::Put => panic!("it was sent away"),
        }
    }

    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_drafter_is_told_the_values_and_the_template_and_nothing_of_ours() {
        // Of a variable that tests run with, as of CLIO_ACCESS_TOKEN.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let draft = written("cat; env", LONG).await.unwrap();
        let text = String::from_utf8(bytes(&draft).to_vec()).unwrap();
        let end = text
            .find("}\n")
            .or_else(|| text.find("}PATH"))
            .unwrap_or(text.len() - 1);
        let told: Value = serde_json::Deserializer::from_str(&text)
            .into_iter()
            .next()
            .unwrap()
            .unwrap();
        assert_eq!(
            told,
            json!({"fields": {"client.name": "Ann Lee", "client.email": null},
                "hidden": ["client.email"], "template_text": "Dear {{ client.name }}",
                "media_type": "text/markdown; charset=utf-8"})
        );
        for line in text[end..].lines() {
            let name = line
                .trim_start_matches('}')
                .split('=')
                .next()
                .unwrap_or_default();
            let own = ["PWD", "SHLVL", "OLDPWD", "_", ""];
            assert!(program::keeps(name) || own.contains(&name), "{line}");
        }
        assert_eq!(draft.media_type, "text/markdown; charset=utf-8");
    }

    #[tokio::test]
    async fn what_it_returns_is_a_text_a_word_document_or_either_in_json() {
        let draft = written(r#"echo '{"text": "Dear Ann"}'"#, LONG)
            .await
            .unwrap();
        assert_eq!(bytes(&draft), b"Dear Ann");
        let docx = STANDARD.encode(b"PK\x03\x04docx");
        let script = format!("echo '{{\"docx_base64\": \"{docx}\"}}'");
        let draft = written(&script, LONG).await.unwrap();
        assert_eq!(
            (bytes(&draft), &*draft.media_type),
            (&b"PK\x03\x04docx"[..], DOCX)
        );
        let draft = written(r"printf 'PK\003\004x'", LONG).await.unwrap();
        assert_eq!(draft.media_type, DOCX);
        for (script, what) in [
            ("exit 3", "exit status: 3"),
            ("true", "writes nothing"),
            (r#"echo '{"foo": 1}'"#, "neither `text` nor `docx_base64`"),
            (
                r#"echo '{"text": 1}'"#,
                "`text` or `docx_base64` as a string, and one of them",
            ),
            (r"printf '\377\376'", "neither"),
            (r#"echo '{"docx_base64": "%"}'"#, "no base64"),
            ("head -c 11000000 /dev/zero", "more than 10 MiB"),
        ] {
            let told = written(script, LONG).await.unwrap_err();
            assert!(told.contains(what), "{script}: {told}");
        }
    }

    #[tokio::test]
    async fn one_that_hangs_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("pid");
        let script = format!("echo $$ > {}; exec sleep 600", mark.display());
        let told = written(&script, Duration::from_secs(1)).await.unwrap_err();
        assert!(told.contains("within 1 s"), "{told}");
        let pid = std::fs::read_to_string(mark).unwrap();
        let process = std::path::PathBuf::from(format!("/proc/{}", pid.trim()));
        // It is killed at once, and gone when it was waited for.
        for _ in 0..500 {
            let state = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
            if state.is_empty() || state.contains(") Z") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it still runs");
    }

    #[test]
    fn a_command_is_a_program_and_its_arguments() {
        let drafter = Drafter::parse("  llm  -m x ", LONG).unwrap();
        assert_eq!(drafter.program, "llm");
        assert_eq!(drafter.arguments, ["-m", "x"]);
        assert!(Drafter::parse(" ", LONG).is_err());
    }
}
