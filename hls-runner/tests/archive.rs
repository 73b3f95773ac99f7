//! Archives: the same bytes for the same content, and what `tar` makes of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use hls_runner::archive::pack;

fn fill(folder: &Path, names: &[&str]) {
    for name in names {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("content of {name}")).unwrap();
    }
    fs::set_permissions(folder.join("run.sh"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn bytes_depend_on_the_content_alone() {
    let long = format!("{}/{}.log", "d".repeat(120), "f".repeat(120));
    let names = ["a.txt", "run.sh", "b/c.txt", "b/a.txt", &long];
    let mut backwards = names;
    backwards.reverse();
    let dir = tempfile::tempdir().unwrap();
    let mut archives = Vec::new();
    for (place, order) in [("one", names), ("two", backwards)] {
        let folder = dir.path().join(place).join("hls_m");
        fill(&folder, &order);
        let archive = dir.path().join(place).join("hls_m.tar.gz");
        pack(&folder, &archive).unwrap();
        archives.push(fs::read(&archive).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(1100));
    }
    assert_eq!(archives[0], archives[1]);

    let listing = Command::new("tar")
        .args(["tvzf", "one/hls_m.tar.gz", "--numeric-owner"])
        .current_dir(&dir)
        .env("TZ", "UTC")
        .output()
        .unwrap();
    assert!(listing.status.success() && listing.stderr.is_empty(), "{listing:?}");
    let text = String::from_utf8(listing.stdout).unwrap();
    let lines: Vec<String> =
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[0], "drwxr-xr-x 0/0 0 2000-01-01 00:00 hls_m/");
    assert_eq!(lines[1], "-rw-r--r-- 0/0 16 2000-01-01 00:00 hls_m/a.txt");
    assert!(lines.contains(&"-rwxr-xr-x 0/0 17 2000-01-01 00:00 hls_m/run.sh".to_owned()), "{text}");
    assert!(text.contains(&format!("hls_m/{long}")), "{text}");
}

#[test]
fn a_failed_archive_leaves_nothing_and_says_where() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("hls_m.tar.gz");
    let error = pack(&dir.path().join("hls_m"), &archive).unwrap_err();
    assert!(error.to_string().contains("hls_m.tar.gz could not be written"), "{error}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}
