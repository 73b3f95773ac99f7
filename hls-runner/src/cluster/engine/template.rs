//! Commands with placeholders, which users write for a batch system of their own.

use crate::cluster::engine::script::quoted;

/// A command of a shell, with placeholders such as `{script}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template<'a>(&'a str);

/// A piece of a template.
enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

impl<'a> Template<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Whether it has this placeholder.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names().any(|found| found == name)
    }

    /// The command with the names of nodes, if there are any: `{nodes}` is their list with commas between them, and `{nodes:TEXT}` has this text between them.
    /// Names that would mean something to a shell are left out.
    pub(super) fn with_nodes(text: &str, nodes: &[String]) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let plain: Vec<&str> =
            nodes.iter().map(String::as_str).filter(|node| node.chars().all(is_plain)).collect();
        match Self::list(text) {
            Some((before, between, after)) if !plain.is_empty() => {
                format!("{before}{}{after}", plain.join(between))
            }
            _ => String::new(),
        }
    }

    /// What is before, between and after the nodes of a list.
    pub(super) fn list(text: &str) -> Option<(&str, &str, &str)> {
        let (before, rest) = text.split_once("{nodes")?;
        let (between, after) = rest.split_once('}')?;
        if between.is_empty() {
            Some((before, ",", after))
        } else {
            Some((before, between.strip_prefix(':')?, after))
        }
    }

    /// Its placeholders.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.pieces().into_iter().filter_map(|piece| match piece {
            Piece::Name(name) => Some(name),
            Piece::Text(_) => None,
        })
    }

    /// The command with values in the place of names, each as one word of a shell. A name without a value stays.
    pub(super) fn filled(&self, values: &[(&str, String)]) -> String {
        let piece = |piece: Piece<'a>| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Name(name) => {
                let value = values.iter().find(|(known, _)| *known == name);
                value.map_or_else(|| format!("{{{name}}}"), |(_, value)| quoted(value))
            }
        };
        self.pieces().into_iter().map(piece).collect()
    }

    /// A placeholder is a word of small letters between braces; `${name}` is one of the shell's, and other braces are what they are.
    fn pieces(&self) -> Vec<Piece<'a>> {
        let (mut pieces, mut rest, mut from) = (Vec::new(), self.0, 0);
        while let Some(open) = rest.get(from..).and_then(|text| text.find('{')).map(|found| found + from) {
            let name = rest.get(open + 1..).and_then(|text| text.get(..text.find('}')?));
            let is_name =
                |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            let before = rest.get(..open).unwrap_or_default();
            match name.filter(is_name).filter(|_| !before.ends_with('$')) {
                Some(name) => {
                    pieces.extend([Piece::Text(before), Piece::Name(name)]);
                    rest = rest.get(open + name.len() + 2..).unwrap_or_default();
                    from = 0;
                }
                None => from = open + 1,
            }
        }
        pieces.push(Piece::Text(rest));
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_listed_as_a_batch_system_wants_them() {
        let nodes = ["n1", "n-2.site"].map(str::to_owned);
        for (text, expected) in [
            ("--exclude={nodes}", "--exclude=n1,n-2.site"),
            ("-l 'h=!({nodes:|})'", "-l 'h=!(n1|n-2.site)'"),
            (
                "-R \"select[hname!='{nodes:' && hname!='}']\"",
                "-R \"select[hname!='n1' && hname!='n-2.site']\"",
            ),
            ("--exclude={node}", ""),
            ("--exclude={nodes", ""),
            ("--exclude={nodes|}", ""),
        ] {
            assert_eq!(Template::with_nodes(text, &nodes), expected);
        }
        assert_eq!(Template::with_nodes("--exclude={nodes}", &[]), "");
        let strange = ["n1".to_owned(), "$(reboot)".to_owned()];
        assert_eq!(Template::with_nodes("--exclude={nodes}", &strange), "--exclude=n1");
    }

    #[test]
    fn placeholders_are_words_in_braces() {
        let values = [("script", "/a b/part.sh".to_owned()), ("last", "7".to_owned())];
        for (text, names, expected) in [
            ("qsub -J 0-{last} {script}", vec!["last", "script"], "qsub -J 0-7 '/a b/part.sh'"),
            ("qstat | awk '{print $1}'", vec![], "qstat | awk '{print $1}'"),
            ("echo ${last} ${HOME} {last}{last}", vec!["last", "last"], "echo ${last} ${HOME} 77"),
            ("{unknown} {", vec!["unknown"], "{unknown} {"),
            ("{{last}}", vec!["last"], "{7}"),
            ("", vec![], ""),
            ("ä{last}ö{", vec!["last"], "ä7ö{"),
        ] {
            let template = Template::new(text);
            assert_eq!(template.names().collect::<Vec<_>>(), names, "{text}");
            assert_eq!(template.filled(&values), expected);
        }
    }
}
