//! The templates of RTL projects.

use include_dir::{Dir, include_dir};
use serde::Serialize;

use crate::CodegenError;
use crate::templates::Templates;

static FOLDER: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/rtl/templates");
static TEMPLATES: Templates = Templates::new(&FOLDER);

/// Fills in a template, as [`Templates::render`].
///
/// # Errors
/// When there is no such template, it does not parse, or it names something that `context` lacks.
pub(crate) fn render(name: &str, context: &impl Serialize) -> Result<String, CodegenError> {
    TEMPLATES.render(name, context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_parses() {
        assert!(TEMPLATES.engine().is_ok(), "{:?}", TEMPLATES.engine().as_ref().err());
    }
}
