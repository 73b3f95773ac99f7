//! `vitis_hls.log`: what the tool says on its way. Scripts that keep no report of C synthesis keep this.

use super::numbers::Estimate;

/// Reads the device, the clock, and how fast C synthesis expects the design to be; all `None` where the log says nothing of it.
///
/// Of several runs in one log the last counts. The lines are those of Vitis HLS 2020.1 and later.
#[must_use]
pub fn parse(text: &str) -> Estimate {
    let fmax_estimated_mhz = number_after(text, "**** Estimated Fmax: ", " MHz");
    Estimate {
        tool_version: release(text),
        part: quoted_after(text, "Setting target device to '"),
        clock_period_target_ns: number_after(text, " with a period of ", "ns"),
        clock_uncertainty_ns: number_after(text, " with an uncertainty of ", "ns"),
        clock_period_estimated_ns: fmax_estimated_mhz.map(|mhz| (1e6 / mhz).round() / 1e3),
        fmax_estimated_mhz,
        ..Estimate::default()
    }
}

/// `2023.2` of `****** Vitis HLS - High-Level Synthesis from C, C++ and OpenCL v2023.2 (64-bit)`.
fn release(text: &str) -> Option<String> {
    let from = text.find("High-Level Synthesis from C")?;
    let line = text[from..].lines().next()?;
    let version = line.split_whitespace().find_map(|word| word.strip_prefix('v'))?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.chars().take(16).collect())
}

fn number_after(text: &str, before: &str, unit: &str) -> Option<f64> {
    let line = line_after(text, before)?;
    let number = line.split_once(unit)?.0.trim();
    number.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0)
}

fn quoted_after(text: &str, before: &str) -> Option<String> {
    let (name, _) = line_after(text, before)?.split_once('\'')?;
    Some(name.chars().take(64).collect())
}

fn line_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let from = text.rfind(before)? + before.len();
    text[from..].lines().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_run_counts() {
        let text = "****** Vitis HLS - High-Level Synthesis from C, C++ and OpenCL v2023.2 (64-bit)\n\
            INFO: [SYN 201-201] Setting up clock 'default' with a period of 5ns.\n\
            INFO: [SYN 201-201] Setting up clock 'default' with an uncertainty of 1.35ns.\n\
            INFO: [HLS 200-1611] Setting target device to 'xc7z020-clg400-1'\n\
            INFO: [HLS 200-789] **** Estimated Fmax: 100.00 MHz\n\
            INFO: [HLS 200-789] **** Estimated Fmax: 274.66 MHz\n";
        let expected = Estimate {
            tool_version: Some("2023.2".into()),
            part: Some("xc7z020-clg400-1".into()),
            clock_period_target_ns: Some(5.0),
            clock_uncertainty_ns: Some(1.35),
            clock_period_estimated_ns: Some(3.641),
            fmax_estimated_mhz: Some(274.66),
            ..Estimate::default()
        };
        assert_eq!(parse(text), expected);
    }

    #[test]
    fn other_texts_say_nothing() {
        for text in [
            "",
            "**** Estimated Fmax: ",
            "**** Estimated Fmax: fast MHz",
            "**** Estimated Fmax: 0.00 MHz",
            "**** Estimated Fmax: inf MHz",
            "Setting target device to 'never closed",
            "High-Level Synthesis from C, C++ and OpenCL vivid",
        ] {
            assert_eq!(parse(text), Estimate::default(), "{text}");
        }
    }
}
