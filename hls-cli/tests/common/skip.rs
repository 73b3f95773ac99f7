//! What a machine cannot try.

use std::fs;
use std::io::Write;

/// Says that the running test cannot be carried out here: to whoever watches, and in the file that `HLS_SKIPPED` names.
pub fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("{test}: {reason}\n");
    print!("skipped: {line}");
    if let Some(path) = std::env::var_os("HLS_SKIPPED") {
        let file = fs::OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("HLS_SKIPPED can be written");
    }
}
