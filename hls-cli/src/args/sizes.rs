//! Sizes of memory and disks as people write them.

use bytesize::ByteSize;

/// `16GiB`, `500MB`, or a number of bytes.
pub(super) fn size(text: &str) -> Result<ByteSize, String> {
    text.parse().map_err(|_| "give a size such as 16GiB, 500MB or a number of bytes".to_owned())
}
