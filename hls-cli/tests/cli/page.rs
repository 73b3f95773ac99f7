//! `report --html`, `--png` and `--svg` without a browser: the page's data, the pictures, and what is said. What the page does is in `tests/page`.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::report::{circuits, finished, report, sweep};
use super::support::*;
use super::texts::compare;

fn file(dir: &TempDir, name: &str) -> PathBuf {
    dir.path().join(name)
}

/// The text of the page of a sweep, and the data in it.
fn page(dir: &TempDir, options: &[&str]) -> (String, Value) {
    let path = file(dir, "report.html");
    report(dir, &[&["--html", text(&path)], options].concat()).expect(0);
    let page = fs::read_to_string(path).expect("a page");
    let (_, data) = page.split_once(r#"<script type="application/json" id="data">"#).expect("data");
    let (data, _) = data.split_once("</script>").expect("an end");
    let data = serde_json::from_str(data).expect("JSON");
    (page, data)
}

fn scores(dir: &TempDir, models: &[(&str, f64)]) {
    let models: Vec<Value> = models
        .iter()
        .map(|(model, accuracy)| json!({"model": model, "metrics": {"accuracy": accuracy}}))
        .collect();
    fs::write(file(dir, "scores.json"), json!({ "models": models }).to_string()).expect("scores");
}

#[test]
fn the_data_of_small_sweeps() {
    let vendor = finished();
    scores(&vendor, &[("slow", 0.75), ("fast", 0.7), ("another", 0.9)]);
    let open = circuits();
    let folder = file(&open, "hls_small");
    fs::create_dir(&folder).expect("a folder");
    let facts = json!({
        "top": "myproject", "latency_cycles": 4, "interval_cycles": 1, "clock_period_ns": 5.0, "ports": [],
        "layers": [{"name": "fc1", "class": "Dense", "lut": 800, "ff": 120, "carry": 40, "latency_cycles": 3}],
    });
    fs::write(folder.join("circuit.json"), facts.to_string()).expect("facts");
    for (name, dir, options) in
        [("page-vendor", &vendor, &["--budget", "half=26600,53200,110"][..]), ("page-open", &open, &[])]
    {
        let (_, mut data) = page(dir, options);
        // The table of chips is not repeated here.
        data["budgets"].as_array_mut().expect("chips").retain(|budget| budget["asked"] == true);
        let real = dir.path().canonicalize().expect("scratch");
        let printed = serde_json::to_string_pretty(&data).expect("JSON");
        compare(name, printed, &[(text(&real), "[results]"), (text(dir.path()), "[results]")]);
    }
}

#[test]
fn the_page_is_one_file_that_asks_nobody() {
    let (page, data) = page(&finished(), &[]);
    assert_eq!(page.matches("<script").count(), 3, "data, library, and the page's own");
    let policy = page.split("Content-Security-Policy\" content=\"").nth(1).expect("a policy");
    let policy = policy.split('"').next().unwrap_or_default().replace("&#39;", "'").replace("&#x27;", "'");
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    for word in ["src=\"http", "href=\"http", "@import", "url(http"] {
        assert!(!page.contains(word), "{word}");
    }
    assert_eq!(data["rows"].as_array().map(Vec::len), Some(3));
}

#[test]
fn no_column_has_two_origins() {
    for dir in [finished(), circuits()] {
        let (_, data) = page(&dir, &[]);
        let origins = [
            ("estimated_", "C synthesis, estimate"),
            ("synthesized_", "Vivado after synthesis"),
            ("mapped_", "Yosys after mapping"),
            ("instant_", "Instant estimate"),
        ];
        for column in data["columns"].as_array().expect("columns") {
            let name = column["name"].as_str().expect("a name");
            let source = &data["sources"][column["source"].as_u64().expect("a place") as usize];
            for term in name.split('+') {
                for (prefix, title) in origins {
                    assert!(!term.starts_with(prefix) || source["title"] == title, "{column} {source}");
                }
            }
        }
    }
}

#[test]
fn texts_from_outside_stay_texts() {
    let hostile = "</script><script>alert(1)</script><!--\u{2028}\u{2029}&amp;\"'\\";
    let dir = sweep(json!({"schema": 2, "toolchain": {"name": hostile}, "results": [{
        "model": hostile, "status": "failed", "error": hostile, "h5_file": hostile, "warnings": [hostile],
        "settings": {hostile: hostile}, "failure": {"log_tail": [hostile], "message": hostile},
        "report": {"resources": {"lut": 1, "ff": 2}},
    }]}));
    let (page, data) = page(&dir, &[]);
    assert!(
        !page.contains("<script>alert") && !page.contains('\u{2028}') && !page.contains("<!--\\"),
        "escaped"
    );
    assert_eq!(page.matches("<script").count(), 3);
    assert_eq!(data["rows"][0][0], hostile, "nothing is lost");
    assert_eq!(data["details"][0]["failure"]["log_tail"][0], hostile);
}

#[test]
fn numbers_that_somebody_made_up_are_marked_everywhere() {
    let results = json!({"model": "m", "status": "success", "report": {"stand_in": true, "resources": {"lut": 10, "ff": 20}}});
    let dir = sweep(json!({"schema": 2, "results": [results]}));
    let (_, data) = page(&dir, &[]);
    assert_eq!(data["stand_in"], true);
    let svg = file(&dir, "made_up.svg");
    report(&dir, &["--svg", text(&svg), "--plot", "area"]).expect(0).says(&["NOT A SYNTHESIS RESULT"]);
    assert!(fs::read_to_string(svg).expect("a picture").contains("NOT A SYNTHESIS RESULT"));
}

#[test]
fn pictures_of_the_two_plots() {
    let dir = finished();
    scores(&dir, &[("slow", 0.75), ("fast", 0.7)]);
    let (svg, png) = (file(&dir, "talk.svg"), file(&dir, "talk.png"));
    let budget = "a <b>&=26600,53200";
    report(&dir, &["--svg", text(&svg), "--png", text(&png), "--budget", budget, "--budget", "xc7z020"])
        .expect(0);
    compare("picture", fs::read_to_string(svg).expect("a picture"), &[]);
    let png = fs::read(png).expect("a picture");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert_eq!((size(16), size(20)), (2 * 2 * 960, 2 * 720));
    // Not an empty sheet, and not one without text: that would be much smaller.
    assert!(png.len() > 40_000, "{} bytes", png.len());
}

#[test]
fn what_is_missing_is_said() {
    let dir = finished();
    let svg = file(&dir, "talk.svg");
    let svg = text(&svg);
    report(&dir, &["--svg", svg, "--plot", "pareto"]).expect(2).says(&[
        "no metric of these models is known",
        "hls-cli score",
        "--from",
    ]);
    let html = file(&dir, "page.html");
    report(&dir, &["--html", text(&html)]).expect(0).says_out("hls-cli score");
    report(&dir, &["--svg", svg]).expect(0).says(&["a plot is left out"]);
    scores(&dir, &[("slow", 0.75), ("fast", 0.7)]);
    let table: [(&[&str], i32, &str); 8] = [
        (&["--svg", svg, "--metric", "beauty"], 2, "beauty"),
        (&["--svg", svg, "--cost", "moons"], 2, "moons"),
        (&["--svg", svg, "--budget", "xc9z1"], 2, "one of xc7a100t"),
        (&["--svg", svg, "--budget", "half=1"], 2, "write NAME=LUT,FF,DSP,BRAM"),
        (&["--budget", "xc7z020"], 2, "--html"),
        (&["--svg", svg, "--from", "/nowhere.csv"], 2, "/nowhere.csv"),
        (&["--html", "/nowhere/page.html"], 1, "/nowhere/page.html"),
        (&["--html", svg, "--csv"], 2, "cannot be used with"),
    ];
    for (options, code, part) in table {
        report(&dir, options).expect(code).says(&[part]);
    }
    report(&dir, &["--svg", svg, "--metric", "accuracy", "--cost", "dsp"]).expect(0);
    assert!(fs::read_to_string(svg).expect("a picture").contains("DSP (Vivado after synthesis)"));
}

#[test]
fn a_sweep_without_numbers_has_a_page() {
    let dir = sweep(json!({"schema": 2, "total": 1, "results": [{"model": "m", "status": "pending"}]}));
    let (_, data) = page(&dir, &[]);
    assert_eq!((&data["plots"]["pareto"], &data["plots"]["area"]), (&Value::Null, &Value::Null));
    let empty = sweep(json!({"schema": 2, "results": []}));
    page(&empty, &[]);
    let svg = file(&dir, "talk.svg");
    report(&dir, &["--svg", text(&svg)]).expect(2).says(&["no metric"]);
}
