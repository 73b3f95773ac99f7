//! The engine that fills in embedded templates.

use std::sync::OnceLock;

use include_dir::Dir;
use serde::Serialize;
use tera::{Context, Tera};

use crate::CodegenError;

/// The templates of a back end: files with the ending `.tera` in a folder that is part of the program.
pub(crate) struct Templates {
    folder: &'static Dir<'static>,
    engine: OnceLock<Result<Tera, String>>,
}

impl Templates {
    pub(crate) const fn new(folder: &'static Dir<'static>) -> Self {
        Self { folder, engine: OnceLock::new() }
    }

    /// Fills in the template `name`, a path in the folder without its `.tera`.
    ///
    /// # Errors
    /// When there is no such template, it does not parse, or it names something that `context` lacks.
    pub(crate) fn render(&self, name: &str, context: &impl Serialize) -> Result<String, CodegenError> {
        let failed = |reason: String| CodegenError::Template { template: format!("{name}.tera"), reason };
        let engine = self.engine().as_ref().map_err(|reason| failed(reason.clone()))?;
        let context = Context::from_serialize(context).map_err(|error| failed(error.to_string()))?;
        engine.render(name, &context).map_err(|error| failed(error.to_string()))
    }

    /// Templates are parsed once per process: a sweep fills them in thousands of times.
    pub(crate) fn engine(&self) -> &Result<Tera, String> {
        self.engine.get_or_init(|| {
            let mut templates = Vec::new();
            collect(self.folder, &mut templates);
            let mut engine = Tera::new();
            // Nothing here is HTML.
            engine.autoescape_on(Vec::<&'static str>::new());
            engine.add_raw_templates(templates).map_err(|error| error.to_string())?;
            Ok(engine)
        })
    }
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
