//! The programs in `examples/` do what they say.

#[path = "../examples/convert.rs"]
#[allow(dead_code)]
mod convert;

use std::path::Path;

#[test]
fn convert_writes_a_project() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus/smartpix_asic_t000/model.h5");
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    convert::convert(&model, &folder.path().join("project")).expect("the model can be converted");
    assert!(folder.path().join("project/firmware/myproject.cpp").is_file());
}
