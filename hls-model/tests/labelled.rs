//! Labelled samples in every format (`fixtures/scoring`): the same numbers, and errors instead of panics.

use std::fs;
use std::path::{Path, PathBuf};

use hls_model::samples::{Extents, LabelledBatch, LabelledFile, SampleError, Wanted};
use ndarray::Array2;
use ndarray_npy::{NpzReader, NpzWriter};

const SAMPLES: usize = 60;
const INPUTS: [(&str, usize); 5] =
    [("x_profile", 21), ("nModule", 1), ("x_local", 1), ("y_profile", 13), ("y_local", 1)];
/// Each format, with the group in which the arrays are.
const FORMATS: [(&str, &str); 7] = [
    ("samples.npz", ""),
    ("npy", ""),
    ("samples.h5", "val/"),
    ("samples.tfrecord", ""),
    ("batches.tfrecord.gz", ""),
    ("lists.tfrecord", ""),
    ("tfrecord", ""),
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/scoring").join(name)
}

fn wanted(group: &str) -> Vec<Wanted> {
    INPUTS.map(|(name, len)| Wanted { array: format!("{group}{name}"), shape: vec![len] }).into()
}

fn all(path: &Path, group: &str, wanted: &[Wanted]) -> Result<LabelledBatch, SampleError> {
    let (labels, weights) = (format!("{group}y"), format!("{group}w"));
    let mut stream = LabelledFile::open(path, &labels, Some(&weights))?.read(wanted)?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.next_batch()? {
        batches.push(batch);
    }
    let mut batches = batches.into_iter();
    let mut whole = batches.next().expect("an empty file is refused");
    for batch in batches {
        assert_eq!(batch.first, whole.len());
        for (array, more) in whole.arrays.iter_mut().zip(&batch.arrays) {
            array.append(ndarray::Axis(0), more.view()).expect("equal columns");
        }
        whole.labels.append(ndarray::Axis(0), batch.labels.view()).expect("equal columns");
        whole.weights.as_mut().expect("weights").extend(batch.weights.expect("weights"));
    }
    Ok(whole)
}

#[test]
fn every_format_holds_the_same_numbers() {
    let mut npz = NpzReader::new(fs::File::open(fixture("samples.npz")).unwrap()).unwrap();
    for (name, group) in FORMATS {
        let found = all(&fixture(name), group, &wanted(group)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(found.len(), SAMPLES, "{name}");
        for ((input, len), array) in INPUTS.iter().zip(&found.arrays) {
            let expected: Array2<f32> = npz.by_name(&format!("{input}.npy")).unwrap();
            assert_eq!(array.dim(), (SAMPLES, *len));
            assert_eq!(array, expected, "{name}: {input}");
        }
        let labels: ndarray::Array1<f32> = npz.by_name("y.npy").unwrap();
        assert!(found.labels.iter().zip(&labels).all(|(a, &b)| *a == f64::from(b)), "{name}");
        let weights: ndarray::Array1<f32> = npz.by_name("w.npy").unwrap();
        assert!(found.weights.unwrap().iter().zip(&weights).all(|(a, &b)| *a == f64::from(b)), "{name}");
    }
}

#[test]
fn arrays_are_listed_with_their_extents() {
    let extents = |name: &str, group: &str, array: &str| {
        let file = LabelledFile::open(&fixture(name), &format!("{group}y"), None).unwrap();
        let found = file.arrays().iter().find(|found| found.name == format!("{group}{array}"));
        found.unwrap_or_else(|| panic!("{name}: no {array}")).extents.clone()
    };
    for (name, group) in &FORMATS[..3] {
        assert_eq!(extents(name, group, "x_profile"), Extents::Samples(vec![SAMPLES, 21]), "{name}");
    }
    assert_eq!(extents("samples.tfrecord", "", "x_profile"), Extents::Record(vec![21]));
    assert_eq!(extents("samples.tfrecord", "", "y"), Extents::Record(vec![]));
    assert_eq!(extents("batches.tfrecord.gz", "", "x_profile"), Extents::Record(vec![25, 21]));
    assert_eq!(extents("lists.tfrecord", "", "y"), Extents::List(1));
}

/// Each file of the formats, damaged in many ways, is read or refused.
#[test]
fn damaged_files_are_errors() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("damaged");
    let (mut refused, mut tried) = (0, 0);
    let mut random = fastrand::Rng::with_seed(3);
    for (name, group) in FORMATS.into_iter().filter(|(name, _)| name.contains('.')) {
        let whole = fs::read(fixture(name)).unwrap();
        for _ in 0..60 {
            fs::write(&path, &whole[..random.usize(..whole.len())]).unwrap();
            tried += 1;
            refused += usize::from(all(&path, group, &wanted(group)).is_err());
        }
        for _ in 0..300 {
            let mut changed = whole.clone();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(..changed.len());
                changed[at] = random.u8(..);
            }
            fs::write(&path, changed).unwrap();
            tried += 1;
            refused += usize::from(all(&path, group, &wanted(group)).is_err());
        }
    }
    assert!(refused * 2 > tried, "only {refused} of {tried} damaged files were refused");
}

#[test]
fn truncated_tfrecords_are_named_with_the_record() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("cut.tfrecord");
    let whole = fs::read(fixture("samples.tfrecord")).unwrap();
    fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    let error = all(&path, "", &wanted("")).unwrap_err().to_string();
    assert!(error.contains("cut.tfrecord: record 59 (counted from 0): the file ends after"), "{error}");
}

/// An npz with these labels and weights for one input `x` of 2 elements.
fn npz(path: &Path, labels: &[f64], weights: Option<&[f64]>, x: &Array2<f64>) {
    let mut npz = NpzWriter::new(fs::File::create(path).unwrap());
    npz.add_array("y", &ndarray::arr1(labels)).unwrap();
    if let Some(weights) = weights {
        npz.add_array("w", &ndarray::arr1(weights)).unwrap();
    }
    npz.add_array("x", x).unwrap();
    npz.finish().unwrap();
}

#[test]
fn what_does_not_fit_is_said() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("samples.npz");
    let x = Array2::<f64>::zeros((3, 2));
    type Case = (&'static [f64], Option<&'static [f64]>, Array2<f64>, &'static str);
    let table: [Case; 8] = [
        (&[0.0, f64::NAN, 1.0], None, x.clone(), "array \"y\": sample 1 (counted from 0) has the label NaN"),
        (&[0.0, 1.0, 1.0], Some(&[1.0, 1.0, -1.0]), x.clone(), "sample 2 (counted from 0) has the weight -1"),
        (
            &[0.0, 1.0, 1.0],
            Some(&[1.0, f64::INFINITY, 0.0]),
            x.clone(),
            "sample 1 (counted from 0) has the weight inf",
        ),
        (&[0.0, 1.0], Some(&[1.0; 3]), x.clone(), "its arrays hold 3 and 2 samples"),
        (&[0.0; 4], None, x.clone(), "its arrays hold 3 and 4 samples"),
        (&[], None, Array2::zeros((0, 2)), "it holds no samples"),
        (&[0.0; 3], Some(&[1.0; 3]), x.clone(), ""),
        (&[0.0; 3], None, x, ""),
    ];
    for (labels, weights, x, expected) in table {
        npz(&path, labels, weights, &x);
        let wanted = [Wanted { array: "x".to_owned(), shape: vec![2] }];
        let read = || -> Result<(), SampleError> {
            let mut stream = LabelledFile::open(&path, "y", weights.map(|_| "w"))?.read(&wanted)?;
            while stream.next_batch()?.is_some() {}
            Ok(())
        };
        match read() {
            Ok(()) => assert_eq!(expected, ""),
            Err(error) => assert!(!expected.is_empty() && error.to_string().contains(expected), "{error}"),
        }
    }
    let open =
        |path: &Path, labels: &str, weights: Option<&str>| match LabelledFile::open(path, labels, weights) {
            Ok(_) => panic!("{} is accepted", path.display()),
            Err(error) => error.to_string(),
        };
    assert!(open(&path, "truth", None).contains("it has no array \"truth\" with labels; it has y, x"));
    assert!(open(&path, "y", Some("w")).contains("it has no array \"w\" with weights"));
    fs::write(&path, "x,y\n1,2\n").unwrap();
    assert!(open(&path, "y", None).contains("its format is not known"));
    assert!(open(scratch.path(), "y", None).contains("the folder holds no .npy and no .tfrecord files"));
    fs::write(scratch.path().join("a.npy"), "").unwrap();
    fs::write(scratch.path().join("b.tfrecord"), "").unwrap();
    assert!(open(scratch.path(), "y", None).contains("keep those of one format"));
    assert!(open(Path::new("/no/such/file"), "y", None).contains("/no/such/file: it cannot be read"));
}
