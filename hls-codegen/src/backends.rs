//! The back ends that there are, by name.

use crate::CodegenError;
use crate::backend::Backend;
use crate::settings::SettingError;
use crate::vitis::backend::Vitis;

/// Every back end; the first is the default.
const BACKENDS: [&dyn Backend; 1] = [&Vitis];

/// Every back end; the first is the default.
#[must_use]
pub fn all() -> &'static [&'static dyn Backend] {
    &BACKENDS
}

/// The back end that is used where none is named.
#[must_use]
pub fn default() -> &'static dyn Backend {
    BACKENDS[0]
}

/// The back end of a name, without regard to case.
///
/// # Errors
/// There is none; the error lists those that there are.
pub fn named(name: &str) -> Result<&'static dyn Backend, CodegenError> {
    let found = BACKENDS.into_iter().find(|backend| backend.name().eq_ignore_ascii_case(name));
    found.ok_or_else(|| {
        let names: Vec<&str> = BACKENDS.iter().map(|backend| backend.name()).collect();
        CodegenError::UnknownBackend { name: name.to_owned(), known: names.join(", ") }
    })
}

/// Insists on an interface between layers that a back end can write.
///
/// # Errors
/// The back end cannot; the error lists what it can.
pub(crate) fn require_io_type(backend: &dyn Backend, io_type: &str) -> Result<(), SettingError> {
    if backend.io_types().iter().any(|known| known.eq_ignore_ascii_case(io_type)) {
        return Ok(());
    }
    let expected = format!("only {} is available", backend.io_types().join(" or "));
    Err(SettingError::new("IOType", io_type, expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_others_listed() {
        assert_eq!(named("vitis").expect("there").name(), "Vitis");
        let message = named("Quartus").expect_err("not there").to_string();
        assert!(message.contains("Quartus") && message.contains("Vitis"), "{message}");
    }
}
