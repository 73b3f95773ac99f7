//! Work on one of many models, whose failure is nobody else's.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Error;
use hls_runner::sentence;

/// Does the work; an error or a panic becomes a sentence about this model. What a panic leaves behind must not be used by others.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|error| sentence(error.as_ref())),
        Err(panic) => {
            Err(format!("a bug in hls-cli: {}; please report it with the model", message(panic.as_ref())))
        }
    }
}

/// What a panic says.
pub fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_sentence_about_its_model() {
        let panics = || -> Result<(), Error> { panic!("the floor is {}", "lava") };
        let said = guarded(panics).unwrap_err();
        assert!(said.contains("the floor is lava") && said.contains("please report it"), "{said}");
        assert_eq!(guarded(|| Ok(3)), Ok(3));
        assert_eq!(guarded(|| Err::<(), _>(anyhow::anyhow!("no file"))), Err("no file".to_owned()));
    }
}
