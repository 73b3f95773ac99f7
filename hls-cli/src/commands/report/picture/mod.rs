//! The two standard plots as a picture for a talk: an SVG from a template, and as PNG what a renderer in Rust makes of it with a font that is embedded.

mod scale;

use std::io::Read;

use anyhow::{Context, Error};
use flate2::read::GzDecoder;
use hls_runner::select::Goal;
use hls_runner::sheet::{Budget, Plot};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use serde::Serialize;
use tera::Tera;

use self::scale::{Scale, Tick};
use crate::output::printable;

const TEMPLATE: &str = include_str!("picture.svg.tera");
/// Roboto, so that a PNG looks the same on every machine; `scripts/vendor-page` fetched it.
const FONT: &[u8] = include_bytes!("vendor/Roboto_400Regular.ttf.gz");
const FONT_FAMILY: &str = "Roboto";

/// Size of a panel, and of its margins, in pixels.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 720.0;
const LEFT: f64 = 125.0;
const RIGHT: f64 = 40.0;
const TOP: f64 = 100.0;
const BOTTOM: f64 = 105.0;
/// Pixels of a PNG for each of these, for screens and projectors of any resolution.
const ENLARGEMENT: f32 = 2.0;

/// A plot with what is drawn around its points.
pub struct Panel<'a> {
    plot: Plot,
    title: &'static str,
    has_front: bool,
    budgets: &'a [Budget],
}

impl<'a> Panel<'a> {
    /// A metric over its cost, with the front.
    pub fn pareto(plot: Plot) -> Self {
        Self { plot, title: "Metric and cost", has_front: true, budgets: &[] }
    }

    /// LUTs over flip-flops, with boxes for what there is of them.
    pub fn area(plot: Plot, budgets: &'a [Budget]) -> Self {
        Self { plot, title: "LUTs and flip-flops", has_front: false, budgets }
    }
}

/// What the template is filled with. Coordinates are pixels.
#[derive(Serialize)]
struct Picture {
    width: f64,
    height: f64,
    stand_in: bool,
    panels: Vec<PanelView>,
}

#[derive(Serialize)]
struct PanelView {
    offset: f64,
    title: String,
    remark: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    middle_x: f64,
    middle_y: f64,
    x_title: String,
    y_title: String,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    points: Vec<Place>,
    front: Vec<Place>,
    /// The line that no job is beyond, as an SVG path.
    line: String,
    boxes: Vec<BoxView>,
}

#[derive(Serialize)]
struct Place {
    x: f64,
    y: f64,
}

#[derive(Serialize)]
struct BoxView {
    name: String,
    x: f64,
    y: f64,
    label_y: f64,
}

/// The picture as SVG.
///
/// # Errors
/// A bug in this program.
pub fn svg(panels: &[Panel<'_>], stand_in: bool) -> Result<String, Error> {
    let views = panels.iter().enumerate().map(|(at, panel)| view(panel, WIDTH * at as f64)).collect();
    let picture = Picture { width: WIDTH * panels.len() as f64, height: HEIGHT, stand_in, panels: views };
    let mut engine = Tera::default();
    engine.autoescape_on(vec![".svg"]);
    engine.add_raw_templates([("picture.svg", TEMPLATE)])?;
    Ok(engine.render("picture.svg", &tera::Context::from_serialize(&picture)?)?)
}

/// An SVG of this module as PNG.
///
/// # Errors
/// A bug in this program, or too little memory.
pub fn png(svg: &str) -> Result<Vec<u8>, Error> {
    let mut font = Vec::new();
    GzDecoder::new(FONT).read_to_end(&mut font).context("the embedded font is damaged")?;
    let mut options = Options { font_family: FONT_FAMILY.to_owned(), ..Options::default() };
    options.fontdb_mut().load_font_data(font);
    let tree = Tree::from_str(svg, &options).context("the picture cannot be drawn")?;
    let size = tree.size().to_int_size().scale_by(ENLARGEMENT).context("the picture has no size")?;
    let mut pixels = Pixmap::new(size.width(), size.height()).context("the picture is too large")?;
    resvg::render(&tree, Transform::from_scale(ENLARGEMENT, ENLARGEMENT), &mut pixels.as_mut());
    pixels.encode_png().context("the picture cannot be written as PNG")
}

fn view(panel: &Panel<'_>, offset: f64) -> PanelView {
    let Panel { plot, budgets, .. } = panel;
    let (left, right, top, bottom) = (LEFT, WIDTH - RIGHT, TOP, HEIGHT - BOTTOM);
    let of_points = |of: fn(&hls_runner::sheet::Point) -> f64| plot.points.iter().map(of);
    let x = Scale::new(of_points(|p| p.x).chain(budgets.iter().map(|b| b.ff as f64)), left, right);
    let y = Scale::new(of_points(|p| p.y).chain(budgets.iter().map(|b| b.lut as f64)), bottom, top);
    let place = |point: &hls_runner::sheet::Point| Place { x: x.at(point.x), y: y.at(point.y) };
    let front = if panel.has_front { plot.front() } else { Vec::new() };
    let is_front = |job: usize| front.iter().any(|point| point.job == job);
    let boxes = budgets.iter().map(|budget| {
        let (x, y) = (x.at(budget.ff as f64), y.at(budget.lut as f64));
        BoxView { name: writable(&budget.name), x, y, label_y: y - 10.0 }
    });
    let jobs = plot.points.len();
    PanelView {
        offset,
        title: panel.title.to_owned(),
        remark: match panel.has_front {
            true => format!("{jobs} jobs, {} on the Pareto front", front.len()),
            false => format!("{jobs} jobs"),
        },
        left,
        right,
        top,
        bottom,
        middle_x: (left + right) / 2.0,
        middle_y: (top + bottom) / 2.0,
        x_title: writable(&plot.x.axis_title()),
        y_title: writable(&plot.y.axis_title()),
        x_ticks: x.ticks(),
        y_ticks: y.ticks(),
        line: staircase(&front.iter().map(place).collect::<Vec<_>>(), plot.x.goal),
        points: plot.points.iter().filter(|point| !is_front(point.job)).map(place).collect(),
        front: front.iter().map(place).collect(),
        boxes: boxes.collect(),
    }
}

/// What can be had at most: between two members of the front it is what the one gives that is no dearer.
fn staircase(front: &[Place], goal_of_x: Option<Goal>) -> String {
    let mut path = String::new();
    for (at, place) in front.iter().enumerate() {
        let Place { x, y } = place;
        path += &match (at, goal_of_x) {
            (0, _) => format!("M{x} {y}"),
            (_, Some(Goal::Maximize)) => format!("V{y}H{x}"),
            _ => format!("H{x}V{y}"),
        };
    }
    path
}

/// A text without characters that XML cannot represent, short enough for an axis.
fn writable(text: &str) -> String {
    const LONGEST: usize = 72;
    let text: String = printable(text)
        .chars()
        .map(|c| if matches!(c, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { c })
        .collect();
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staircase_goes_by_what_is_affordable() {
        let places = || vec![Place { x: 1.0, y: 9.0 }, Place { x: 4.0, y: 5.0 }];
        assert_eq!(staircase(&places(), Some(Goal::Minimize)), "M1 9H4V5");
        assert_eq!(staircase(&places(), Some(Goal::Maximize)), "M1 9V5H4");
        assert_eq!(staircase(&[], None), "");
    }

    #[test]
    fn the_font_is_whole_and_known_by_its_name() {
        let mut options = Options::default();
        let mut font = Vec::new();
        GzDecoder::new(FONT).read_to_end(&mut font).unwrap();
        options.fontdb_mut().load_font_data(font);
        let families: Vec<String> = options
            .fontdb_mut()
            .faces()
            .flat_map(|face| face.families.iter().map(|family| family.0.clone()))
            .collect();
        assert_eq!(families, [FONT_FAMILY]);
    }
}
