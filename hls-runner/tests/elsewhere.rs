//! The example that runs jobs in processes of their own does so. Not under libtest: this program is started again for each job, and as the keeper of
//! its tool.

#[path = "../examples/elsewhere.rs"]
#[allow(dead_code)]
mod elsewhere;

use std::error::Error;
use std::fs;
use std::path::Path;

use hls_runner::JobStatus;

fn main() -> Result<(), Box<dyn Error>> {
    hls_runner::process::main_if_asked();
    if std::env::args().nth(1).is_some_and(|argument| argument == "--job") {
        return elsewhere::main();
    }
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus/smartpix_asic_t000/model.h5");
    let folder = tempfile::tempdir()?;
    fs::copy(model, folder.path().join("good.h5"))?;
    fs::write(folder.path().join("bad.h5"), "no model")?;

    let records = elsewhere::sweep(folder.path())?;
    let found: Vec<_> = records.iter().map(|record| (record.job.name.as_str(), &record.status)).collect();
    assert_eq!(found, [("bad", &JobStatus::Failed), ("good", &JobStatus::Success)]);
    assert!(records[1].csim.as_ref().is_some_and(|csim| csim.verified > 0), "{:?}", records[1].csim);
    Ok(())
}
