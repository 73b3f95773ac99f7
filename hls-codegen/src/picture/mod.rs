//! The profile as a picture in the style of hls4ml's: for each array of numbers a box plot of the magnitudes over the range of its type.

use std::path::{Path, PathBuf};

use hls_model::precision::Precision;
use hls_model::profile::{Profile, ProfileRow, RESULT, TensorProfile, short_number};
use serde::Serialize;
use tera::Tera;

const SVG: &str = include_str!("profile.svg.tera");
const HTML: &str = include_str!("profile.html.tera");

/// What a picture is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PictureFormat {
    /// The picture alone.
    Svg,
    /// A page with the picture and a table.
    Html,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// The file's name does not say which format is wanted.
    #[error("{}: the name must end in .svg or .html", .0.display())]
    UnknownFormat(PathBuf),
    /// A template cannot be rendered; a bug in this crate.
    #[error("the picture cannot be drawn: {0}")]
    Template(#[from] tera::Error),
}

impl PictureFormat {
    /// The format that a file's name asks for.
    ///
    /// # Errors
    /// The name ends in something other than `.svg` or `.html`.
    pub fn of(path: &Path) -> Result<Self, PictureError> {
        match path.extension().and_then(|e| e.to_str()).map(str::to_lowercase).as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("html" | "htm") => Ok(Self::Html),
            _ => Err(PictureError::UnknownFormat(path.to_owned())),
        }
    }
}

const LABELS: f64 = 400.0;
const PLOT: f64 = 620.0;
const REMARKS: f64 = 120.0;
const ROW: f64 = 22.0;
const HEAD: f64 = 60.0;
const FOOT: f64 = 40.0;
/// With more octaves than this, only every fourth is marked.
const MANY_OCTAVES: i32 = 24;
/// Longer names would run into the type next to them.
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
///
/// # Errors
/// A template cannot be rendered; a bug in this crate.
pub fn draw(profile: &Profile, title: &str, format: PictureFormat) -> Result<String, PictureError> {
    let picture = layout(profile, title);
    let mut engine = Tera::default();
    engine.autoescape_on(vec![".svg", ".html"]);
    engine.add_raw_templates([("profile.svg", SVG), ("profile.html", HTML)])?;
    let name = match format {
        PictureFormat::Svg => "profile.svg",
        PictureFormat::Html => "profile.html",
    };
    let context = tera::Context::from_serialize(&picture)?;
    Ok(engine.render(name, &context)?)
}

fn layout(profile: &Profile, title: &str) -> Picture {
    let scale = Scale::around(profile.rows().map(|row| row.numbers));
    let bars: Vec<Bar> = profile.rows().enumerate().map(|(i, row)| bar(&scale, i, &row)).collect();
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

fn bar(scale: &Scale, i: usize, row: &ProfileRow<'_>) -> Bar {
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
        layer: writable(&numbers.name),
        label: shortened(&writable(&numbers.name)),
        what: row.what.to_owned(),
        ty: numbers.precision.cpp(),
        is_weight: row.what != RESULT,
        type_left: left,
        type_width: rounded((right - left).max(0.0)),
        shape,
        clipped: numbers.clipped_percentage(),
        min: short_number(numbers.min),
        max: short_number(numbers.max),
        unused_integer_bits: numbers.unused_integer_bits,
        unused_fraction_bits: numbers.unused_fraction_bits,
    }
}

/// The name without characters that XML cannot represent or that change the writing direction.
fn writable(name: &str) -> String {
    let is_harmful = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    name.chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            c if is_harmful(c) => '\u{fffd}',
            c => c,
        })
        .collect()
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
        for (name, format) in [
            ("p.svg", Some(PictureFormat::Svg)),
            ("P.HTML", Some(PictureFormat::Html)),
            ("p.png", None),
            ("p", None),
        ] {
            assert_eq!(PictureFormat::of(Path::new(name)).ok(), format, "{name}");
        }
    }

    #[test]
    fn names_cannot_break_out_of_the_picture() {
        let profile = Profile { samples: 0, inputs: Vec::new(), layers: Vec::new() };
        for format in [PictureFormat::Svg, PictureFormat::Html] {
            let text = draw(&profile, "<script>alert(1)</script>", format).expect("a picture");
            assert!(text.contains("&lt;script&gt;") && !text.contains("<script>"), "{text}");
        }
    }
}
