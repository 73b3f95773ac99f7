//! The embedded templates and the engine that fills them in.

use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use serde::Serialize;
use tera::{Context, Tera};

use crate::CodegenError;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/vitis/templates");

/// Fills in the template `name`, a path below `templates/` without its `.tera`.
///
/// # Errors
/// When there is no such template, it does not parse, or it names something that `context` lacks.
pub(crate) fn render(name: &str, context: &impl Serialize) -> Result<String, CodegenError> {
    let failed = |reason: String| CodegenError::Template { template: format!("{name}.tera"), reason };
    let engine = engine().as_ref().map_err(|reason| failed(reason.clone()))?;
    let context = Context::from_serialize(context).map_err(|error| failed(error.to_string()))?;
    engine.render(name, &context).map_err(|error| failed(error.to_string()))
}

/// Templates are parsed once per process: a sweep fills them in thousands of times.
fn engine() -> &'static Result<Tera, String> {
    static ENGINE: OnceLock<Result<Tera, String>> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut templates = Vec::new();
        collect(&TEMPLATES, &mut templates);
        let mut engine = Tera::new();
        // Nothing here is HTML.
        engine.autoescape_on(Vec::<&'static str>::new());
        engine.add_raw_templates(templates).map_err(|error| error.to_string())?;
        Ok(engine)
    })
}

fn collect(dir: &Dir<'static>, templates: &mut Vec<(String, &'static str)>) {
    for file in dir.files() {
        let parts: Vec<_> = file.path().components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let path = parts.join("/");
        if let (Some(name), Some(text)) = (path.strip_suffix(".tera"), file.contents_utf8()) {
            templates.push((name.to_owned(), text));
        }
    }
    for inner in dir.dirs() {
        collect(inner, templates);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_parses() {
        assert!(engine().is_ok(), "{:?}", engine().as_ref().err());
    }
}
