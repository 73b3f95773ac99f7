//! Rebuilds the crate when a template or kernel is added: the embedding macro only notices edits.

fn main() {
    println!("cargo:rerun-if-changed=src/vitis/templates");
    println!("cargo:rerun-if-changed=src/vitis/kernels");
}
