//! Facts read back from generated C++.

use serde_json::{Map, Value, json};

/// `typedef TYPE NAME;` of `defines.h`, as a map from name to type.
pub fn typedefs(defines: &str) -> Map<String, Value> {
    statements(defines, "typedef ").filter_map(type_and_name).collect()
}

/// The configuration structs of `parameters.h`: for each its `constants` and `types`.
pub fn parameters(parameters: &str) -> Map<String, Value> {
    let mut structs = Map::new();
    let mut pieces = parameters.split("\nstruct ");
    pieces.next();
    for piece in pieces {
        let (head, rest) = piece.split_once('{').unwrap_or((piece, ""));
        let (body, after) = rest.split_once("};").unwrap_or((rest, ""));
        let name = head.split(':').next().unwrap_or(head).trim();
        let mut constants: Map<String, Value> = statements(body, "static ").filter_map(constant).collect();
        // Values of class type are defined after the struct.
        constants.extend(statements(after, "const ").filter_map(|statement| {
            let (value_of, value) = constant(statement)?;
            Some((value_of.strip_prefix(&format!("{name}::"))?.to_owned(), value))
        }));
        let mut types: Map<String, Value> = statements(body, "typedef ").filter_map(type_and_name).collect();
        types.extend(statements(body, "using ").filter_map(alias));
        structs.insert(name.to_owned(), json!({ "constants": constants, "types": types }));
    }
    structs
}

/// The arguments of the top function, from its header.
pub fn top_arguments(header: &str, function: &str) -> Vec<Value> {
    let after = header.split_once(&format!("void {function}(")).map_or("", |(_, after)| after);
    let list = after.split_once(')').map_or("", |(list, _)| list);
    list.split(',').filter_map(argument).collect()
}

/// `TYPE NAME[SIZE]`, or `TYPE &NAME`
fn argument(text: &str) -> Option<Value> {
    let (ty, name) = text.trim().rsplit_once(' ')?;
    let (name, size) = match name.split_once('[') {
        Some((name, size)) => (name, json!(size.trim_end_matches(']'))),
        None => (name, Value::Null),
    };
    let reference = name.starts_with('&') || ty.ends_with('&');
    Some(json!({
        "name": name.trim_start_matches('&'), "type": ty.trim_end_matches('&').trim_end(), "reference": reference, "size": size,
    }))
}

/// Lines that are one statement, without `start` and semicolon.
fn statements<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| line.trim().strip_prefix(start)?.strip_suffix(';'))
}

/// `TYPE NAME`; of a `struct NAME { MEMBER; … }` the members.
fn type_and_name(statement: &str) -> Option<(String, Value)> {
    let (ty, name) = statement.rsplit_once(' ')?;
    let ty = match ty.strip_prefix("struct ").and_then(|ty| ty.split_once('{')) {
        None => ty.into(),
        Some((_, members)) => {
            let members = members.trim_end_matches('}').split(';').map(str::trim).filter(|m| !m.is_empty());
            json!({ "struct": members.collect::<Vec<_>>() })
        }
    };
    Some((name.to_owned(), ty))
}

/// `TYPE NAME = VALUE`
fn constant(statement: &str) -> Option<(String, Value)> {
    let (declaration, value) = statement.split_once(" = ")?;
    let name = declaration.rsplit(' ').next()?;
    let number = value.parse::<i64>().map(Value::from).or_else(|_| value.parse::<f64>().map(Value::from));
    Some((name.to_owned(), number.unwrap_or_else(|_| value.into())))
}

/// `NAME = TEMPLATE<ARGUMENTS>`: the template, as its arguments are the alias's own.
fn alias(statement: &str) -> Option<(String, Value)> {
    let (name, template) = statement.split_once(" = ")?;
    Some((name.to_owned(), template.split('<').next()?.into()))
}
