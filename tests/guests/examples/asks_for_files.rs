//! Looks for files: by every way that the standard library and WASI know.
#![cfg(target_family = "wasm")]

use hostile_guests::wasip2::filesystem::preopens::get_directories;
use hostile_guests::{End, every, guest, refused};

guest!(run);

type Try = fn(&str) -> std::io::Result<String>;

fn run(target: &str) -> End {
    let opened = get_directories().len();
    if opened > 0 {
        return Ok(format!("{opened} folders"));
    }
    let tries: [Try; 7] = [
        |file| std::fs::read_to_string(file),
        |file| std::fs::metadata(file).map(|it| it.len().to_string()),
        |_| std::fs::read_dir("/").map(|it| it.count().to_string()),
        |_| std::fs::read_dir(".").map(|it| it.count().to_string()),
        |file| std::fs::write(format!("{file}.stolen"), "it").map(|()| "written".into()),
        |_| std::fs::create_dir("/tmp/of-a-guest").map(|()| "a folder".into()),
        |file| std::fs::remove_file(file).map(|()| "removed".into()),
    ];
    every(tries, |attempt| {
        attempt(target).map_err(|error| refused(error.to_string()))
    })
}
