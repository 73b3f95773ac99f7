//! The profile as a picture in the manner of hls4ml's: for each array of numbers a box plot of the magnitudes over the range of its type.

use super::{Row, clipped, number, rows};
use crate::output::printable;
use anyhow::{Context, Error, anyhow};
use hls_model::precision::Precision;
use hls_model::profile::{Profile, TensorProfile};
use serde::Serialize;
use std::path::Path;
use tera::Tera;

const SVG: &str = include_str!("../../../templates/profile.svg.tera");
const HTML: &str = include_str!("../../../templates/profile.html.tera");

/// What a picture is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Svg,
    /// A page with the picture and a table.
    Html,
}

impl Format {
    /// The format that a file's name asks for.
    pub fn of(path: &Path) -> Result<Self, Error> {
        match path.extension().and_then(|e| e.to_str()).map(str::to_lowercase).as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("html" | "htm") => Ok(Self::Html),
            _ => Err(anyhow!("--picture {}: the name must end in .svg or .html", path.display())),
        }
    }
}

const LABELS: f64 = 400.0;
const PLOT: f64 = 620.0;
const REMARKS: f64 = 120.0;
const ROW: f64 = 22.0;
const HEAD: f64 = 60.0;
const FOOT: f64 = 40.0;
/// More octaves than this are not marked one by one.
const MANY_OCTAVES: i32 = 24;
/// Longer names run into the type beside them.
const NAME_LETTERS: usize = 24;

/// What the templates are filled with. Coordinates are pixels.
#[derive(Serialize)]
struct Picture {
    title: String,
    samples: usize,
    width: f64,
    height: f64,
    plot_left: f64,
    plot_right: f64,
    plot_top: f64,
    plot_bottom: f64,
    ticks: Vec<Tick>,
    bars: Vec<Bar>,
}

#[derive(Serialize)]
struct Tick {
    x: f64,
    label: String,
}

/// A row of the picture.
#[derive(Serialize)]
struct Bar {
    top: f64,
    middle: f64,
    layer: String,
    /// The layer's name, cut short if it is long.
    label: String,
    what: String,
    ty: String,
    is_weight: bool,
    /// What the type can hold: from its smallest step to its largest number.
    type_left: f64,
    type_width: f64,
    /// Whiskers and box; none if all numbers are zero.
    shape: Option<BoxShape>,
    clipped: String,
    min: String,
    max: String,
    unused_integer_bits: u32,
    unused_fraction_bits: u32,
}

#[derive(Serialize)]
struct BoxShape {
    min: f64,
    left: f64,
    median: f64,
    right: f64,
    width: f64,
    max: f64,
}

/// Octaves from left to right.
struct Scale {
    low: i32,
    high: i32,
}

impl Scale {
    fn around<'a>(tensors: impl Iterator<Item = &'a TensorProfile>) -> Self {
        let (mut low, mut high) = (0, 1);
        for tensor in tensors {
            let (from, to) = type_octaves(tensor.precision);
            low = low.min(from.max(-40));
            high = high.max(to.min(40));
            if let Some(magnitudes) = tensor.magnitudes {
                low = low.min(magnitudes.min.log2().floor() as i32);
                high = high.max(magnitudes.max.log2().ceil() as i32);
            }
        }
        Self { low, high }
    }

    fn x(&self, octave: f64) -> f64 {
        let octaves = f64::from(self.high - self.low);
        let at = (octave - f64::from(self.low)) / octaves;
        rounded(LABELS + at.clamp(0.0, 1.0) * PLOT)
    }

    fn ticks(&self) -> Vec<Tick> {
        let step = if self.high - self.low > MANY_OCTAVES { 4 } else { 2 };
        let octaves = (self.low..=self.high).filter(|octave| octave % step == 0);
        octaves.map(|octave| Tick { x: self.x(octave.into()), label: octave.to_string() }).collect()
    }
}

/// Two decimals are more than a screen shows.
fn rounded(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

/// The octaves between a type's smallest step and its largest number.
fn type_octaves(precision: Precision) -> (i32, i32) {
    match precision {
        // The exponent's range.
        Precision::Exponent { width, .. } => {
            let half = 1_i32.checked_shl(width.saturating_sub(1)).unwrap_or(i32::MAX);
            (-half, half - 1)
        }
        _ => (-precision.frac(), precision.integer() - i32::from(precision.is_signed())),
    }
}

/// The picture as text.
pub fn draw(profile: &Profile, title: &str, format: Format) -> Result<String, Error> {
    let picture = layout(profile, title);
    let mut engine = Tera::default();
    engine.autoescape_on(vec![".svg", ".html"]);
    engine
        .add_raw_templates([("profile.svg", SVG), ("profile.html", HTML)])
        .context("the picture's templates")?;
    let name = match format {
        Format::Svg => "profile.svg",
        Format::Html => "profile.html",
    };
    let context = tera::Context::from_serialize(&picture).context("the picture's numbers")?;
    engine.render(name, &context).context("the picture cannot be drawn")
}

fn layout(profile: &Profile, title: &str) -> Picture {
    let scale = Scale::around(rows(profile).map(|row| row.numbers));
    let bars: Vec<Bar> = rows(profile).enumerate().map(|(i, row)| bar(&scale, i, &row)).collect();
    let plot_bottom = HEAD + ROW * bars.len() as f64;
    Picture {
        title: title.to_owned(),
        samples: profile.samples,
        width: LABELS + PLOT + REMARKS,
        height: plot_bottom + FOOT,
        plot_left: LABELS,
        plot_right: LABELS + PLOT,
        plot_top: HEAD,
        plot_bottom,
        ticks: scale.ticks(),
        bars,
    }
}

fn bar(scale: &Scale, i: usize, row: &Row<'_>) -> Bar {
    let numbers = row.numbers;
    let top = HEAD + ROW * i as f64;
    let (low, high) = type_octaves(numbers.precision);
    let (left, right) = (scale.x(low.into()), scale.x(high.into()));
    let shape = numbers.magnitudes.map(|m| {
        let [min, left, median, right, max] = [m.min, m.lower_quartile, m.median, m.upper_quartile, m.max]
            .map(|magnitude| scale.x(magnitude.log2()));
        BoxShape { min, left, median, right, width: rounded(right - left), max }
    });
    Bar {
        top,
        middle: top + ROW / 2.0,
        // XML cannot hold control characters, however they are written.
        layer: printable(&numbers.name),
        label: shortened(&printable(&numbers.name)),
        what: row.what.to_owned(),
        ty: numbers.precision.cpp(),
        is_weight: row.what != "result",
        type_left: left,
        type_width: rounded((right - left).max(0.0)),
        shape,
        clipped: clipped(numbers),
        min: number(numbers.min),
        max: number(numbers.max),
        unused_integer_bits: numbers.unused_integer_bits,
        unused_fraction_bits: numbers.unused_fraction_bits,
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME_LETTERS {
        return name.to_owned();
    }
    name.chars().take(NAME_LETTERS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides_the_format() {
        for (name, format) in
            [("p.svg", Some(Format::Svg)), ("P.HTML", Some(Format::Html)), ("p.png", None), ("p", None)]
        {
            assert_eq!(Format::of(Path::new(name)).ok(), format, "{name}");
        }
    }

    #[test]
    fn names_cannot_break_out_of_the_picture() {
        let profile = Profile { samples: 0, inputs: Vec::new(), layers: Vec::new() };
        for format in [Format::Svg, Format::Html] {
            let text = draw(&profile, "<script>alert(1)</script>", format).expect("a picture");
            assert!(text.contains("&lt;script&gt;") && !text.contains("<script>"), "{text}");
        }
    }
}
