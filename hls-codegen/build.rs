//! Rebuilds the crate when a template or kernel is added: the embedding macro only notices edits.

fn main() {
    println!("cargo:rerun-if-changed=templates");
    println!("cargo:rerun-if-changed=kernels");
}
