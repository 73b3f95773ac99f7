//! Generated kernels, inserted into the kernel library.

use crate::CodegenError;

/// The header of the library that has a place for them, below `firmware/`.
pub(super) const HEADER: &str = "nnet_utils/nnet_code_gen.h";

/// The line after which they are inserted.
const MARKER: &str = "// hls4ml insert code";

/// What opens and closes the namespace of the header in the library.
const LIBRARY: &str = "namespace nnet";

/// The header with `kernels` in it and its namespace renamed to `namespace`, as in hls4ml.
///
/// # Errors
/// When the library's header is missing (`None`), is not text, or has no place for kernels.
pub(super) fn header(
    library: Option<&[u8]>,
    kernels: &[String],
    namespace: &str,
) -> Result<String, CodegenError> {
    let refused = |reason| CodegenError::NoPlaceForKernels { header: HEADER, reason };
    let library = library.ok_or_else(|| refused("that file is missing"))?;
    let library = std::str::from_utf8(library).map_err(|_| refused("that file is not UTF-8 text"))?;
    let namespace = format!("namespace {namespace}");
    let mut text = String::with_capacity(library.len());
    let mut found = false;
    for line in library.lines() {
        text.push_str(&line.replace(LIBRARY, &namespace));
        text.push('\n');
        // Only the first place: a definition must not be repeated.
        if line.contains(MARKER) && !found {
            found = true;
            for kernel in kernels {
                text.push('\n');
                text.push_str(kernel);
            }
        }
    }
    if found { Ok(text) } else { Err(refused("that file has no line `// hls4ml insert code`")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_follow_the_marker_in_the_projects_namespace() {
        let library = b"namespace nnet {\n  // hls4ml insert code\n} // namespace nnet\n";
        let kernels = ["class a;\n".to_owned(), "class b;\n".to_owned()];
        for namespace in ["nnet", "mine"] {
            let expected = format!(
                "namespace {namespace} {{\n  {MARKER}\n\nclass a;\n\nclass b;\n}} // namespace {namespace}\n"
            );
            assert_eq!(header(Some(library), &kernels, namespace).expect("a place"), expected);
        }
    }

    #[test]
    fn libraries_without_a_place_are_refused() {
        for (library, part) in
            [(None, "is missing"), (Some(&b"\xff"[..]), "UTF-8"), (Some(&b"int x;"[..]), MARKER)]
        {
            let message = header(library, &["class a;\n".to_owned()], "nnet").expect_err(part).to_string();
            assert!(message.contains(part) && message.contains(HEADER), "{message}");
        }
    }
}
