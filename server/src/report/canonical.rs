//! One text for each JSON value, so that a hash over it does not depend on who wrote the value down: keys sorted by
//! their bytes, no white space, only what JSON requires escaped. Called by the chain alone.

use serde_json::{Map, Value};

/// Appends the canonical text of a value.
pub(super) fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(value, out);
            }
            out.push(']');
        }
        Value::Object(fields) => write_fields(fields, out),
        plain => out.push_str(&plain.to_string()),
    }
}

/// Appends the canonical text of an object.
pub(super) fn write_fields(fields: &Map<String, Value>, out: &mut String) {
    let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
    fields.sort_unstable_by_key(|(name, _)| *name);
    out.push('{');
    for (index, (name, value)) in fields.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        // A value without parts is written by serde_json without white space.
        out.push_str(&Value::from(name.as_str()).to_string());
        out.push(':');
        write(value, out);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_text_however_it_was_written() {
        let texts = [
            r#"{"b":[1,{"z":null,"a":true}],"a":"é\n\u0001\"/"}"#,
            "{ \"a\" : \"\\u00e9\\n\\u0001\\\"\\/\", \"b\": [ 1, { \"a\": true, \"z\": null } ] }",
        ];
        for text in texts {
            let value: Value = serde_json::from_str(text).expect("JSON");
            let mut out = String::new();
            write(&value, &mut out);
            assert_eq!(
                out,
                "{\"a\":\"é\\n\\u0001\\\"/\",\"b\":[1,{\"a\":true,\"z\":null}]}"
            );
        }
    }
}
