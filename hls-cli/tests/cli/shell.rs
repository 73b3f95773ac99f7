//! What a package brings besides the program: shell completions and man pages.

use std::fs;
use std::process::Command;

use tempfile::tempdir;

use super::support::*;

const COMMANDS: [&str; 16] = [
    "synth", "convert", "config", "inspect", "predict", "profile", "report", "status", "doctor", "estimate",
    "fifo", "score", "select", "tune", "compare", "collect",
];

#[test]
fn every_shell_learns_all_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&mut hls_cli(), ["completions", shell]).expect(0).stdout;
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
    run(&mut hls_cli(), ["completions", "command.com"]).expect(2).says(&[
        "command.com",
        "bash",
        "zsh",
        "fish",
    ]);
}

#[test]
fn bash_completes() {
    let scratch = tempdir().expect("scratch");
    let script = scratch.path().join("hls-cli.bash");
    fs::write(&script, run(&mut hls_cli(), ["completions", "bash"]).expect(0).stdout).expect("script");
    for (line, expected) in [
        (&["hls-cli", "ins"][..], &["inspect"][..]),
        (&["hls-cli", "predict", "m.h5", "--non-f"], &["--non-finite"]),
        (&["hls-cli", "config", "m.h5", "--format", ""], &["yaml", "json"]),
    ] {
        let [.., before, last] = line else { panic!("a command line has two words") };
        // Calls the function that the script registered, as a press of the tab key does.
        let ask = format!(
            "source '{}'; complete=$(complete -p hls-cli); complete=${{complete#*-F }}; COMP_WORDS=({}); COMP_CWORD={}; \
             ${{complete%% *}} hls-cli '{last}' '{before}'; echo \"${{COMPREPLY[@]}}\"",
            text(&script),
            line.iter().map(|word| format!("'{word}' ")).collect::<String>(),
            line.len() - 1,
        );
        let answer = Command::new("bash").args(["--norc", "-c", &ask]).output().expect("bash starts");
        let words = String::from_utf8_lossy(&answer.stdout);
        assert_eq!(words.split_whitespace().collect::<Vec<_>>(), expected, "{line:?}");
    }
}

#[test]
fn every_command_has_a_man_page() {
    let scratch = tempdir().expect("scratch");
    let folder = scratch.path().join("new/man1");
    run(&mut hls_cli(), ["man", text(&folder)]).expect(0);
    let mut pages: Vec<String> = fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("a page").file_name().to_string_lossy().into_owned())
        .collect();
    pages.sort();
    let mut expected = COMMANDS.map(|command| format!("hls-cli-{command}.1")).to_vec();
    expected.push("hls-cli.1".to_owned());
    expected.sort();
    assert_eq!(pages, expected);

    let read = |page: &str| fs::read_to_string(folder.join(page)).expect("a page");
    assert!(read("hls-cli.1").contains("hls\\-cli\\-synth(1)"), "{}", read("hls-cli.1"));
    assert!(read("hls-cli-predict.1").contains("\\-\\-non\\-finite"), "{}", read("hls-cli-predict.1"));
    run(&mut hls_cli(), ["man", "/proc/nope"]).expect(1).says(&["/proc/nope"]);
}
