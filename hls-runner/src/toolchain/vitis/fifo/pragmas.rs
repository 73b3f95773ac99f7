//! The depths of queues in the firmware's top function: `#pragma HLS STREAM variable=layer2_out depth=16`.

/// The queues and their depths, in the order of the text.
pub(super) fn depths(firmware: &str) -> Vec<(String, usize)> {
    firmware.lines().filter_map(|line| stream(line).map(|(name, depth)| (name.to_owned(), depth))).collect()
}

/// The text with other depths; `choose` is given the name and the depth that is written.
pub(super) fn with_depths(firmware: &str, choose: impl Fn(&str, usize) -> usize) -> String {
    let line = |line: &str| match stream(line) {
        None => line.to_owned(),
        Some((name, depth)) => {
            line.replacen(&format!("{DEPTH}{depth}"), &format!("{DEPTH}{}", choose(name, depth)), 1)
        }
    };
    firmware.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

const PRAGMA: &str = "#pragma HLS STREAM ";
const VARIABLE: &str = "variable=";
const DEPTH: &str = "depth=";

/// The queue and the depth that a line sets.
fn stream(line: &str) -> Option<(&str, usize)> {
    let mut words = line.trim().strip_prefix(PRAGMA)?.split_whitespace();
    let name = words.clone().find_map(|word| word.strip_prefix(VARIABLE))?;
    let depth = words.find_map(|word| word.strip_prefix(DEPTH))?;
    Some((name, depth.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRMWARE: &str = "    #pragma HLS INTERFACE axis port=in0,layer3_out\n    hls::stream<layer2_t> layer2_out(\"layer2_out\");\n    \
                            #pragma HLS STREAM variable=layer2_out depth=16\n    #pragma HLS STREAM variable=layer12_out depth=1\n";

    #[test]
    fn depths_are_found_and_replaced_and_nothing_else() {
        let found = depths(FIRMWARE);
        assert_eq!(found, [("layer2_out".to_owned(), 16), ("layer12_out".to_owned(), 1)]);
        let deeper = with_depths(FIRMWARE, |name, depth| if name == "layer2_out" { 3 } else { depth * 100 });
        assert_eq!(deeper, FIRMWARE.replace("depth=16", "depth=3").replace("depth=1\n", "depth=100\n"));
        assert_eq!(with_depths(FIRMWARE, |_, depth| depth), FIRMWARE);
    }
}
