//! Pragmas that bind operations and arrays to blocks of the device, for projects that must do without these blocks.
//!
//! The script's `config_op` and `config_storage` are defaults that a pragma overrides, and there is no default for arrays, only for FIFOs (UG1399, "config_op",
//! "config_storage"). So kernels' own pragmas are written anew, and arrays that are memories (tables, whole rows) get one.

use crate::implementation::Avoided;

/// Arrays that kernels keep as memories although their names do not end in `table`; with the type of memory.
const MEMORIES: [(&str, &str); 2] = [("row", "RAM_2P"), ("pixels", "RAM_2P")];
/// Parameters of kernels that are read one element at a time.
const READ_ONE_BY_ONE: [&str; 1] = ["embeddings"];
/// The type of memory of a table.
const ROM: &str = "ROM_NP";

/// The C++ without what `avoided` forbids; `None` if it is as it should be.
pub(super) fn without(text: &str, avoided: Avoided) -> Option<String> {
    let mut changed = false;
    let mut written = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (body, end) = split_end(line);
        match pragma(body, avoided) {
            Some(other) => {
                changed = true;
                written.push_str(&other);
                written.push_str(end);
            }
            None => written.push_str(line),
        }
        if let Some((name, memory)) = memory(body).filter(|_| avoided.bram) {
            changed = true;
            let indent = &body[..body.len() - body.trim_start().len()];
            let inside = if body.ends_with('{') { "    " } else { "" };
            written.push_str(&format!("{indent}{inside}{}{end}", bind(name, memory)));
        }
    }
    changed.then_some(written)
}

/// A line without its end, and the end.
fn split_end(line: &str) -> (&str, &str) {
    line.split_at(line.trim_end_matches(['\n', '\r']).len())
}

fn bind(variable: &str, memory: &str) -> String {
    format!("#pragma HLS BIND_STORAGE variable={variable} type={memory} impl=LUTRAM")
}

/// What replaces a line that binds something to a block that is to be avoided.
fn pragma(line: &str, avoided: Avoided) -> Option<String> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start().strip_prefix("pragma")?.trim_start();
    let mut words = rest.split_whitespace();
    if !words.next()?.eq_ignore_ascii_case("HLS") {
        return None;
    }
    let directive = words.next()?.to_ascii_uppercase();
    let indent = &line[..line.len() - line.trim_start().len()];
    let value = |key: &str| {
        let mut pairs = rest.split_whitespace().filter_map(|word| word.split_once('='));
        pairs.find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    };
    let names = |key: &str, block: &str| value(key).is_some_and(|v| v.to_ascii_uppercase().contains(block));
    let is_memory = |key: &str| names(key, "BRAM") || names(key, "URAM");
    let replaced = match directive.as_str() {
        "BIND_STORAGE" if avoided.bram && is_memory("impl") => bind(value("variable")?, value("type")?),
        // Vivado HLS's word: its cores are called after the memory, as ROM_nP_BRAM.
        "RESOURCE" if avoided.bram && is_memory("core") => {
            let core = value("core")?.to_ascii_uppercase();
            bind(value("variable")?, core.split_once("_BRAM").or(core.split_once("_URAM"))?.0)
        }
        "BIND_OP" if avoided.dsp && names("impl", "DSP") => {
            format!("#pragma HLS BIND_OP variable={} op={} impl=fabric", value("variable")?, value("op")?)
        }
        // Without it, what the script says holds.
        "RESOURCE" if avoided.dsp && names("core", "DSP") => {
            "// without DSPs: no core is named here".to_owned()
        }
        _ => return None,
    };
    Some(format!("{indent}{replaced}"))
}

/// The array that a line declares, with its type, if that is a memory: a local variable, or the last parameter of a function.
fn memory(line: &str) -> Option<(&str, &'static str)> {
    let text = line.trim();
    let is_local = text.ends_with("];");
    let (declaration, _) = match is_local {
        true => text.split_once('[')?,
        // The last of the parameters, which has a line of its own.
        false => text.strip_suffix(") {")?.strip_suffix(']')?.split_once('[')?,
    };
    let (before, name) = declaration.rsplit_once(' ')?;
    let is_declaration = before.chars().all(|c| c.is_alphanumeric() || "_:<>, ".contains(c))
        && before.trim_start().starts_with(|c: char| c.is_ascii_alphabetic())
        && !before.starts_with("return");
    if !is_declaration {
        return None;
    }
    if !is_local {
        return READ_ONE_BY_ONE.contains(&name).then_some((name, ROM));
    }
    // The kernels' macros for what is a ROM in hardware and static in a simulation: NNET_ROM and others.
    let is_table = name.ends_with("table") || before.split(' ').any(|word| word.ends_with("_ROM"));
    let of_name = MEMORIES.iter().find(|(known, _)| *known == name);
    is_table.then_some((name, ROM)).or(of_name.map(|(_, memory)| (name, *memory)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vitis::kernels::Kernels;

    const BOTH: Avoided = Avoided { dsp: true, bram: true };

    #[test]
    fn pragmas_that_bind_to_blocks_are_written_anew() {
        let cases = [
            (
                "    #pragma HLS BIND_STORAGE variable=weights type=ROM_NP impl=BRAM",
                Some("    #pragma HLS BIND_STORAGE variable=weights type=ROM_NP impl=LUTRAM"),
            ),
            (
                "#pragma HLS RESOURCE variable=weights core=ROM_nP_BRAM",
                Some("#pragma HLS BIND_STORAGE variable=weights type=ROM_NP impl=LUTRAM"),
            ),
            (
                "#pragma HLS bind_storage variable=w type=ram_2p impl=uram",
                Some("#pragma HLS BIND_STORAGE variable=w type=ram_2p impl=LUTRAM"),
            ),
            (
                "#pragma HLS BIND_OP variable=p op=mul impl=dsp latency=3",
                Some("#pragma HLS BIND_OP variable=p op=mul impl=fabric"),
            ),
            ("#pragma HLS RESOURCE variable=p core=DSP48", Some("// without DSPs: no core is named here")),
            ("#pragma HLS BIND_STORAGE variable=w type=ROM_NP impl=LUTRAM", None),
            ("#pragma HLS BIND_OP variable=p op=mul impl=fabric", None),
            ("#pragma HLS ALLOCATION operation instances=mul limit=4", None),
            ("// #pragma HLS BIND_OP variable=p op=mul impl=dsp", None),
            ("#pragma HLS", None),
            ("#pragma once", None),
        ];
        for (line, expected) in cases {
            assert_eq!(pragma(line, BOTH).as_deref(), expected, "{line}");
            assert_eq!(pragma(line, Avoided::default()), None, "{line}");
        }
    }

    #[test]
    fn arrays_that_are_memories_are_bound_to_look_up_tables() {
        let cases = [
            ("    NNET_ROM typename CONFIG_T::table_t table[CONFIG_T::table_size];", Some(("table", ROM))),
            ("NNET_EXPONENTIAL_ROM typename CONFIG_T::upper_t upper[n_upper];", Some(("upper", ROM))),
            (
                "    static typename CONFIG_T::table_t sigmoid_table[CONFIG_T::table_size];",
                Some(("sigmoid_table", ROM)),
            ),
            ("    data_T row[CONFIG_T::width];", Some(("row", "RAM_2P"))),
            (
                "        typename CONFIG_T::embeddings_t embeddings[CONFIG_T::n * 4]) {",
                Some(("embeddings", ROM)),
            ),
            ("    typename CONFIG_T::table_t table[CONFIG_T::table_size]) {", None),
            ("    NNET_ROM bool filled = false;", None),
            ("    res[i] = table[index];", None),
            ("    return exp_table[index];", None),
            ("    accum_t acc[n_out];", None),
        ];
        for (line, expected) in cases {
            assert_eq!(memory(line), expected, "{line}");
        }
        let bound = without("    T a_table[4];\r\n    next();\r\n", BOTH).unwrap();
        assert_eq!(
            bound,
            "    T a_table[4];\r\n    #pragma HLS BIND_STORAGE variable=a_table type=ROM_NP impl=LUTRAM\r\n    next();\r\n"
        );
        assert_eq!(without("T a_table[4];\n", Avoided { dsp: true, bram: false }), None);
    }

    /// Nothing in the library names a block RAM afterwards, and every array that is listed is one of its arrays.
    #[test]
    fn the_library_without_block_ram() {
        let mut bound = String::new();
        for (path, bytes) in Kernels::embedded().files().filter(|(path, _)| path.starts_with("nnet_utils/")) {
            let text = std::str::from_utf8(bytes).unwrap();
            let Some(other) = without(text, BOTH) else {
                assert!(!text.contains("impl=BRAM"), "{path}");
                continue;
            };
            assert!(!other.contains("impl=BRAM"), "{path}");
            assert_eq!(without(&other, Avoided { dsp: true, bram: false }), None, "{path}");
            bound.push_str(&other);
        }
        for name in MEMORIES.iter().map(|(name, _)| name).chain(&READ_ONE_BY_ONE) {
            assert!(bound.contains(&format!("variable={name} type=")), "{name}");
        }
        for name in ["table", "exp_table", "invert_table", "upper", "lower", "weights"] {
            assert!(bound.contains(&format!("variable={name} type=ROM_NP impl=LUTRAM")), "{name}");
        }
    }
}
