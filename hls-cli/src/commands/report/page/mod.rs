//! The page: one file with its data, its scripts and the plotting library.
//!
//! Whatever names models, writes logs or reports is not trusted. So the page has a content security policy that runs the two scripts below and nothing
//! else; the data is JSON in which no character can end its element; and the scripts put text into the page as text, never as markup.

mod island;
mod views;

use std::io::Read;

use anyhow::{Context, Error};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use hls_runner::Summary;
use hls_runner::sheet::{Budget, Plot, Sheet};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::Tera;

const PAGE: &str = include_str!("templates/page.html.tera");
const STYLE: &str = include_str!("templates/page.css");
/// In the order in which they need each other.
const SCRIPTS: [&str; 7] = [
    include_str!("templates/data.js"),
    include_str!("templates/filter.js"),
    include_str!("templates/colours.js"),
    include_str!("templates/plots.js"),
    include_str!("templates/details.js"),
    include_str!("templates/table.js"),
    include_str!("templates/main.js"),
];
/// Apache ECharts; `scripts/vendor-page` fetched it.
const LIBRARY: &[u8] = include_bytes!("vendor/echarts.common.min.js.gz");
const LIBRARY_VERSION: &str = include_str!("vendor/VERSION");

/// What the template is filled with.
#[derive(Serialize)]
struct Page<'a> {
    title: String,
    program: &'a str,
    results_file: String,
    policy: String,
    style: &'a str,
    library: &'a str,
    library_version: &'a str,
    script: &'a str,
    data: &'a str,
}

/// The page as text.
///
/// # Errors
/// A bug in this program.
pub fn page(
    budgets: &[Budget],
    summary: &Summary,
    sheet: &Sheet,
    pareto: Option<&Plot>,
) -> Result<String, Error> {
    let data = island::text(&views::Island::new(budgets, summary, sheet, pareto))?;
    let library = library()?;
    let script = format!("(() => {{\n\"use strict\";\n{}\n}})();", SCRIPTS.join("\n"));
    let policy = format!(
        "default-src 'none'; script-src {} {}; style-src {}; base-uri 'none'; form-action 'none'",
        hash(&library),
        hash(&script),
        hash(STYLE)
    );
    let page = Page {
        title: title(summary),
        program: concat!("hls-cli ", env!("CARGO_PKG_VERSION")),
        results_file: summary.path.to_string_lossy().into_owned(),
        policy,
        style: STYLE,
        library: &library,
        library_version: LIBRARY_VERSION.trim(),
        script: &script,
        data: &data,
    };
    let mut engine = Tera::default();
    engine.autoescape_on(vec![".html"]);
    engine.add_raw_templates([("page.html", PAGE)])?;
    Ok(engine.render("page.html", &tera::Context::from_serialize(&page)?)?)
}

fn title(summary: &Summary) -> String {
    let folder = summary.output_dir().canonicalize().ok();
    let names = folder.iter().flat_map(|path| path.iter().rev().take(2)).map(|name| name.to_string_lossy());
    let mut names: Vec<_> = names.filter(|name| name != "/").collect();
    names.reverse();
    if names.is_empty() { "Sweep".to_owned() } else { format!("Sweep {}", names.join("/")) }
}

fn library() -> Result<String, Error> {
    let mut text = String::new();
    GzDecoder::new(LIBRARY).read_to_string(&mut text).context("the plotting library is damaged")?;
    Ok(text)
}

/// What the policy calls an inline script or style.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_the_release_that_the_script_fetches() {
        let script = include_str!("../../../../../scripts/vendor-page");
        assert!(script.contains(&format!("ECHARTS={}\n", LIBRARY_VERSION.trim())));
        let text = library().unwrap();
        assert!(text.contains(&format!("version=\"{}\"", LIBRARY_VERSION.trim())));
        let sum = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(sum, "61f13280aba3161f77fc801bf5f9c786f55f10432153a0683fc5cc0700b013d5");
    }

    #[test]
    fn no_script_or_style_can_end_its_element() {
        for text in SCRIPTS.into_iter().chain([STYLE, &library().unwrap()]) {
            let text = text.to_ascii_lowercase();
            assert!(!text.contains("</script") && !text.contains("</style") && !text.contains("<!--"));
        }
    }

    #[test]
    fn scripts_never_make_markup() {
        for text in SCRIPTS {
            for word in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
            {
                assert!(!text.contains(word), "{word}");
            }
        }
    }
}
