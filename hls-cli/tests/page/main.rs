//! The page of `report --html` in Chromium, as a person uses it: with a mouse, with a keyboard, with a screen reader's tree, in light and dark, on paper.
//!
//! Without Chromium these tests are skipped, and say so in the file that `HLS_SKIPPED` names. `HLS_PICTURES=DIR` saves what is seen on the way.

mod browser;
mod sweeps;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use self::browser::Browser;

#[path = "../common/skip.rs"]
mod skip;

/// Jobs of a large sweep.
const MANY: usize = 2000;
/// Milliseconds until a page of so many is drawn, as the page measures it.
const SOON: f64 = 2000.0;

/// A page and its browser; `None` where there is no Chromium.
struct Opened {
    browser: Browser,
    milliseconds: f64,
    page: PathBuf,
    dir: TempDir,
}

fn open(make: impl FnOnce(&std::path::Path), options: &[&str], colours: &str) -> Option<Opened> {
    let Some(program) = browser::find() else {
        skip::skip("Chromium is not installed (chromium)");
        return None;
    };
    let dir = tempdir().expect("scratch");
    make(dir.path());
    let page = dir.path().join("report.html");
    report(dir.path(), &[&["--html", page.to_str().expect("UTF-8")], options].concat());
    let mut browser = Browser::start(&program);
    browser.shape(1500, 1000, colours);
    let milliseconds = browser.open(&page);
    Some(Opened { browser, milliseconds, page, dir })
}

fn report(dir: &std::path::Path, options: &[&str]) -> String {
    let ran = Command::new(env!("CARGO_BIN_EXE_hls-cli")).arg("report").arg(dir).args(options).output();
    let ran = ran.expect("hls-cli starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).expect("UTF-8")
}

impl Opened {
    fn text(&mut self, of: &str) -> String {
        self.browser
            .evaluate(&format!("document.querySelector({}).innerText", json!(of)))
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// What is in a column of the table, from above.
    fn column(&mut self, name: &str) -> Vec<String> {
        let script = format!(
            r##"(() => {{
                const at = [...document.querySelectorAll("#table th[data-column]")].findIndex((head) => head.dataset.column === {});
                return [...document.querySelectorAll("#table tbody tr")].map((row) => row.children[at].innerText);
            }})()"##,
            json!(name)
        );
        serde_json::from_value(self.browser.evaluate(&script)).expect("texts")
    }

    fn search(&mut self, words: &str) {
        self.browser.evaluate(
            "document.getElementById('search').focus(); document.getElementById('search').select()",
        );
        self.browser.type_text(words);
    }

    fn click(&mut self, of: &str) {
        self.browser.evaluate(&format!("document.querySelector({}).click()", json!(of)));
    }

    fn end(self) {
        let complaints = self.browser.complaints();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

#[test]
fn two_thousand_jobs_are_there_at_once() {
    let Some(mut page) = open(|dir| sweeps::grid(dir, MANY), &[], "light") else { return };
    // Others may use the machine, so that the quickest of some tries counts.
    let mut quickest = page.milliseconds;
    for _ in 0..4 {
        if quickest < SOON {
            break;
        }
        let file = page.page.clone();
        quickest = quickest.min(page.browser.open(&file));
    }
    assert!(quickest < SOON, "{quickest} ms");
    assert_eq!(page.text("#count"), "All 2,000 jobs are shown");
    assert_eq!(page.text("#page"), "Page 1 of 40");
    assert_eq!(page.column("model").len(), 50);
    let drawn = page.browser.evaluate("[...document.querySelectorAll('.canvas canvas')].map((canvas) => canvas.width > 500 && canvas.height > 300)");
    assert_eq!(drawn, json!([true, true, true]));
    page.browser.picture("large.png");
    page.end();
}

#[test]
fn words_and_choices_filter_the_jobs() {
    let Some(mut page) = open(|dir| sweeps::grid(dir, 180), &[], "light") else { return };
    page.search("model_trial_003 clock-period=5");
    page.browser.wait("document.getElementById('count').textContent.startsWith('3 of 180')");
    assert_eq!(page.column("setting.reuse-factor"), ["1", "4", "16"]);
    assert_eq!(page.browser.evaluate("document.getElementById('count').getAttribute('aria-live')"), "polite");
    page.search("synthesized_lut<500 status=success");
    page.browser.wait("!document.getElementById('count').textContent.startsWith('3 of 180')");
    let few: Vec<u64> =
        page.column("synthesized_lut").iter().map(|text| text.parse().expect("a number")).collect();
    assert!(!few.is_empty() && few.iter().all(|lut| *lut < 500), "{few:?}");
    page.click("#clear");
    assert_eq!(page.text("#count"), "All 180 jobs are shown");
    // The grid's axes are menus of check boxes.
    let tick = r#"[...document.querySelectorAll(".choice")].find((menu) => menu.textContent.startsWith("clock-period")).querySelectorAll("input")[1].click()"#;
    page.browser.evaluate(tick);
    assert_eq!(page.text("#count"), "60 of 180 jobs are shown");
    page.click("#size option");
    assert!(page.column("setting.clock-period").iter().all(|clock| clock == "10"));
    // Plots show what the table shows.
    let points = r#"echarts.getInstanceByDom(document.getElementById("area-drawing")).getOption().series.filter(({ type }) => type === "scatter").reduce((sum, { data }) => sum + data.length, 0)"#;
    let shown = page.browser.evaluate(points).as_u64().expect("a number");
    assert!((40..=60).contains(&shown), "{shown}");
    page.end();
}

#[test]
fn headings_sort_and_say_so() {
    let Some(mut page) = open(|dir| sweeps::grid(dir, 90), &[], "light") else { return };
    let heading = r##"#table th[data-column="synthesized_lut"]"##;
    let numbers = |page: &mut Opened| {
        page.column("synthesized_lut")
            .iter()
            .map(|text| text.replace(',', "").parse::<u64>().ok())
            .collect::<Vec<_>>()
    };
    page.click(&format!("{heading} button"));
    assert_eq!(
        page.browser.evaluate(&format!("document.querySelector({}).ariaSort", json!(heading))),
        "ascending"
    );
    let rising = numbers(&mut page);
    assert!(rising.iter().all(Option::is_some) && rising.is_sorted());
    page.click(&format!("{heading} button"));
    assert_eq!(
        page.browser.evaluate(&format!("document.querySelector({}).ariaSort", json!(heading))),
        "descending"
    );
    let falling = numbers(&mut page);
    assert!(falling.iter().all(Option::is_some) && falling.iter().rev().is_sorted());
    // What is unknown is last, whichever way.
    page.click("#next");
    assert_eq!(numbers(&mut page).last(), Some(&None));
    // Each heading of numbers is below the name of who says them.
    let origins = page.text("#table thead tr");
    for origin in ["C synthesis, estimate", "Vivado after synthesis", "Settings", "scores.json"] {
        assert!(origins.contains(origin), "{origins}");
    }
    page.end();
}

#[test]
fn everything_can_be_done_with_a_keyboard() {
    let Some(mut page) = open(|dir| sweeps::grid(dir, 90), &[], "light") else { return };
    let focus = "(() => { const it = document.activeElement; return it.id || it.closest('tr')?.dataset.job || it.tagName; })()";
    let mut seen = Vec::new();
    for _ in 0..200 {
        page.browser.press("Tab");
        seen.push(page.browser.evaluate(focus).as_str().expect("text").to_owned());
        if seen.last().is_some_and(|at| at == "0") {
            break;
        }
    }
    for control in ["theme", "search", "colour", "clear", "next", "download", "0"] {
        assert!(seen.iter().any(|at| at == control), "{control} is not reached: {seen:?}");
    }
    page.browser.press("ArrowDown");
    assert_eq!(page.browser.evaluate(focus), "1");
    page.browser.press("Enter");
    page.browser.wait("document.getElementById('details').open");
    let sheet = page.text("#details");
    for part in
        ["model_trial_000", "vitis-run --mode hls", "the bias is rounded", "synth", "Vivado after synthesis"]
    {
        assert!(sheet.contains(part), "{part} is missing in {sheet}");
    }
    page.browser.picture("details.png");
    page.browser.press("Escape");
    page.browser.wait("!document.getElementById('details').open");
    assert_eq!(page.browser.evaluate(focus), "1", "the focus is where it was");
    page.end();
}

#[test]
fn whoever_does_not_see_the_drawings_is_told_what_they_show() {
    let Some(mut page) = open(|dir| sweeps::grid(dir, 90), &["--budget", "xc7z020"], "light") else { return };
    let label = page.browser.evaluate("document.getElementById('area-drawing').getAttribute('aria-label')");
    let label = label.as_str().expect("a label");
    assert!(
        label.contains("LUT (Vivado after synthesis) over FF") && label.contains("within xc7z020"),
        "{label}"
    );
    let tree = page.browser.call("Accessibility.getFullAXTree", json!({}));
    let nodes = tree["nodes"].as_array().expect("nodes");
    let has = |role: &str, name: &str| {
        nodes.iter().any(|node| {
            node["role"]["value"] == role
                && node["name"]["value"].as_str().is_some_and(|it| it.contains(name))
        })
    };
    for (role, name) in [
        ("main", ""),
        ("search", "Filters"),
        ("status", ""),
        ("region", "Jobs"),
        ("region", "Cost and metric"),
        ("image", "Pareto front"),
        ("table", "Jobs"),
        ("columnheader", "LUT"),
        ("combobox", "Colour by"),
    ] {
        assert!(has(role, name), "nothing has the role {role} with the name {name:?}");
    }
    // Nothing that one can use is without a name.
    let nameless: Vec<&Value> = nodes
        .iter()
        .filter(|node| {
            ["button", "combobox", "checkbox", "searchbox", "link"]
                .iter()
                .any(|role| node["role"]["value"] == *role)
        })
        .filter(|node| node["name"]["value"].as_str().unwrap_or_default().is_empty())
        .collect();
    assert!(nameless.is_empty(), "{nameless:#?}");
    page.end();
}

/// Where a point of the plot of LUTs is in the window.
const POINT: &str = r#"(() => {
    const drawing = document.getElementById("area-drawing");
    drawing.scrollIntoView({ block: "center" });
    const chart = echarts.getInstanceByDom(drawing);
    const [point] = chart.getOption().series.find(({ type, data }) => type === "scatter" && data.length).data;
    const [x, y] = chart.convertToPixel("grid", point.value);
    const box = drawing.getBoundingClientRect();
    return [box.left + x, box.top + y];
})()"#;

#[test]
fn hovering_names_the_job_and_a_click_opens_it() {
    let Some(mut page) = open(|dir| sweeps::grid(dir, 9), &[], "light") else { return };
    let place: (f64, f64) = serde_json::from_value(page.browser.evaluate(POINT)).expect("a place");
    page.browser.hover(place.0 - 80.0, place.1 - 80.0);
    page.browser.hover(place.0, place.1);
    let tip =
        page.browser.wait("[...document.querySelectorAll('.tip')].map((tip) => tip.innerText)[0] ?? null");
    let tip = tip.as_str().expect("text");
    for part in ["model_trial_000", "LUT (Vivado after synthesis)", "clock-period", "reuse-factor"] {
        assert!(tip.contains(part), "{part} is missing in {tip}");
    }
    page.browser.picture("hover.png");
    for kind in ["mousePressed", "mouseReleased"] {
        let event = json!({"type": kind, "x": place.0, "y": place.1, "button": "left", "clickCount": 1});
        page.browser.call("Input.dispatchMouseEvent", event);
    }
    page.browser.wait("document.getElementById('details').open");
    page.end();
}

#[test]
fn colours_follow_the_system_and_the_switch() {
    let Some(mut page) = open(|dir| sweeps::grid(dir, 300), &[], "dark") else { return };
    let ground = "getComputedStyle(document.body).backgroundColor";
    let axis = r#"echarts.getInstanceByDom(document.getElementById("area-drawing")).getOption().xAxis[0].nameTextStyle.color"#;
    assert_eq!(page.browser.evaluate(ground), "rgb(20, 23, 27)");
    assert_eq!(page.browser.evaluate(axis), "rgb(232, 234, 237)");
    page.browser.picture("dark.png");
    page.browser.evaluate("const it = document.getElementById('theme'); it.value = 'light'; it.dispatchEvent(new Event('change'))");
    assert_eq!(page.browser.evaluate(ground), "rgb(255, 255, 255)");
    assert_eq!(page.browser.evaluate(axis), "rgb(22, 25, 29)");
    page.end();
}

#[test]
fn it_fits_a_narrow_window_and_paper() {
    let Some(mut page) = open(|dir| sweeps::grid(dir, 300), &[], "light") else { return };
    page.browser.shape(420, 900, "light");
    let too_wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(page.browser.evaluate(too_wide), false, "nothing but the table scrolls sideways");
    std::thread::sleep(std::time::Duration::from_millis(300));
    page.browser.picture("narrow.png");
    // On paper it is light, and the drawings have a shape of their own.
    page.browser.shape(420, 900, "dark");
    page.browser.evaluate("window.addEventListener('afterprint', () => { window.printed = true; })");
    let sheet = r#"window.addEventListener("beforeprint", () => {
        const chart = echarts.getInstanceByDom(document.getElementById("area-drawing"));
        window.onPaper = [chart.getWidth(), chart.getOption().series[0].itemStyle.color, chart.getOption().xAxis[0].nameTextStyle.color];
    })"#;
    page.browser.evaluate(sheet);
    assert!(page.browser.print("printed.pdf") > 10_000);
    assert_eq!(page.browser.evaluate("window.onPaper"), json!([1050, "#0072b2", "#000"]));
    page.browser.wait("window.printed ?? null");
    let width = "echarts.getInstanceByDom(document.getElementById('area-drawing')).getWidth() < 420";
    page.browser.wait(width);
    page.end();
}

#[test]
fn what_is_shown_can_be_downloaded() {
    let Some(mut page) = open(|dir| sweeps::grid(dir, 90), &[], "light") else { return };
    page.search("clock-period=20 status=success");
    page.browser.wait("!document.getElementById('count').textContent.startsWith('All')");
    let keep = "URL.createObjectURL = (blob) => { window.saved = blob; return 'blob:none'; }; HTMLAnchorElement.prototype.click = function () { window.savedAs = this.download; }";
    page.browser.evaluate(keep);
    page.click("#download");
    let saved = page.browser.evaluate("window.saved.text()");
    assert_eq!(page.browser.evaluate("window.savedAs"), "jobs.csv");
    let table = |text: &str| {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let head = reader.headers().expect("a heading").clone();
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        move |name: &str| {
            let at =
                head.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"));
            rows.iter().map(|row| row[at].to_owned()).collect::<Vec<_>>()
        }
    };
    // The same numbers under the same names as from the command line.
    let (saved, whole) = (table(saved.as_str().expect("text")), table(&report(page.dir.path(), &["--csv"])));
    let is_wanted: Vec<bool> = whole("setting.clock-period")
        .iter()
        .zip(whole("status"))
        .map(|(clock, status)| ["20", "20.0"].contains(&clock.as_str()) && status == "success")
        .collect();
    for column in [
        "model",
        "setting.reuse-factor",
        "synthesized_lut",
        "estimated_ff",
        "latency_max_cycles",
        "synthesized_slack_ns",
    ] {
        let wanted: Vec<String> = whole(column)
            .into_iter()
            .zip(&is_wanted)
            .filter(|(_, wanted)| **wanted)
            .map(|(cell, _)| cell)
            .collect();
        assert!(!wanted.is_empty());
        assert_eq!(saved(column), wanted, "{column}");
    }
    page.end();
}

#[test]
fn the_front_is_that_of_the_picture() {
    let Some(mut page) = open(|dir| sweeps::grid(dir, 600), &[], "light") else { return };
    let picture = page.dir.path().join("front.svg");
    report(page.dir.path(), &["--svg", picture.to_str().expect("UTF-8")]);
    let picture = fs::read_to_string(picture).expect("a picture");
    let said = page.text("#pareto .front summary");
    let [on_front, of] =
        said.split(' ').filter_map(|word| word.parse::<usize>().ok()).collect::<Vec<_>>()[..]
    else {
        panic!("{said}")
    };
    assert!(picture.contains(&format!("{of} jobs, {on_front} on the Pareto front")), "{said}");
    page.end();
}

#[test]
fn nothing_in_names_and_logs_becomes_a_part_of_the_page() {
    let texts = [
        "</script><script>window.owned = 1</script>",
        "<!--<script>window.owned = 2</script>",
        "<img src=x onerror=window.owned=3>",
        "\u{2028}window.owned = 4\u{2029}",
        "\"];window.owned=5;//",
        "__proto__",
        "{a|b}{b}{c}<br/>%s",
        "javascript:window.owned=6",
    ];
    let Some(mut page) = open(|dir| sweeps::hostile(dir, &texts), &[], "light") else { return };
    assert_eq!(page.browser.evaluate("window.owned ?? null"), Value::Null);
    let names = page.browser.evaluate(
        "[...document.querySelectorAll('#table tbody tr')].map((row) => row.children[0].textContent)",
    );
    assert_eq!(names, json!(texts), "shown as they are");
    for (at, text) in texts.iter().enumerate() {
        page.click(&format!("#table tbody tr:nth-child({})", at + 1));
        let sheet = page.browser.evaluate("document.getElementById('details').textContent");
        assert!(sheet.as_str().expect("text").contains(text));
        page.browser.evaluate("document.getElementById('details').close()");
    }
    assert_eq!(page.browser.evaluate("window.owned ?? null"), Value::Null);
    assert_eq!(page.browser.evaluate("document.images.length + document.scripts.length"), 3);
    // And if something did: the page's policy runs no script but its own.
    page.browser.evaluate("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.owned = 7' }))");
    assert_eq!(page.browser.evaluate("window.owned ?? null"), Value::Null);
    assert_eq!(page.browser.complaints().len(), 1, "the policy refused the last one, and nothing before it");
}

#[test]
fn odd_sweeps_open_without_complaint() {
    let pending = json!({"model": "m", "status": "pending"});
    let zero = json!({"model": "z", "status": "success", "report": {"resources": {"lut": 0, "ff": 0}}});
    for results in [json!([]), json!([pending]), json!([zero]), json!([pending, zero, zero])] {
        let write = |dir: &std::path::Path| {
            let document = json!({"schema": 2, "results": results});
            fs::write(dir.join("synthesis_results.json"), document.to_string()).expect("results");
        };
        let Some(mut page) = open(write, &[], "light") else { return };
        assert_eq!(page.column("model").len(), results.as_array().map_or(0, Vec::len));
        let said = page.text("#pareto .empty");
        assert!(said.contains("hls-cli score"), "how to get a metric: {said}");
        page.end();
    }
}

#[test]
fn a_machine_without_chromium_says_so() {
    let dir = tempdir().expect("scratch");
    let said = dir.path().join("skipped");
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    again.args(["--exact", "headings_sort_and_say_so"]).env("PATH", dir.path()).env_remove("CHROMIUM");
    let ran = again.env("HLS_SKIPPED", &said).output().expect("this program starts");
    assert!(ran.status.success());
    let said = fs::read_to_string(said).expect("a reason");
    assert_eq!(said, "headings_sort_and_say_so: Chromium is not installed (chromium)\n");
}
