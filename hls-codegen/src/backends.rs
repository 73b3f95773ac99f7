//! The list of back ends.

use std::sync::Arc;

use hls_model::target::BackendKind;

use crate::backend::Backend;
use crate::vitis::backend::Vitis;

/// Every back end; the first is the default.
#[must_use]
pub fn all() -> Vec<Arc<dyn Backend>> {
    BackendKind::ALL.into_iter().map(of).collect()
}

/// The back end of a target.
#[must_use]
pub fn of(kind: BackendKind) -> Arc<dyn Backend> {
    match kind {
        BackendKind::Vitis => Arc::new(Vitis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_back_end() {
        assert!(BackendKind::ALL.into_iter().all(|kind| of(kind).kind() == kind));
    }
}
