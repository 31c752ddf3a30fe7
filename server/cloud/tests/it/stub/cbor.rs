//! CBOR as JSON values and back, as far as CloudWatch's shapes need it. A time is an object with the one field `$at`, in
//! seconds since 1970.

use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Value, json};

const EPOCH: u64 = 1;

/// A time in an output.
pub(crate) fn at(seconds: i64) -> Value {
    json!({"$at": seconds})
}

pub(super) fn read(bytes: &[u8]) -> Value {
    value(&mut Decoder::new(bytes)).expect("CBOR")
}

fn value(decoder: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    Ok(match decoder.datatype()? {
        Type::Map | Type::MapIndef => {
            let length = decoder.map()?;
            let mut object = Map::new();
            while more(decoder, length, object.len())? {
                let key = decoder.str()?.to_string();
                object.insert(key, value(decoder)?);
            }
            Value::Object(object)
        }
        Type::Array | Type::ArrayIndef => {
            let length = decoder.array()?;
            let mut list = Vec::new();
            while more(decoder, length, list.len())? {
                list.push(value(decoder)?);
            }
            Value::Array(list)
        }
        Type::Tag => {
            assert_eq!(decoder.tag()?, Tag::new(EPOCH), "a time");
            json!({"$at": value(decoder)?})
        }
        Type::String => json!(decoder.str()?),
        Type::Bool => json!(decoder.bool()?),
        Type::Null => {
            decoder.null()?;
            Value::Null
        }
        Type::F16 | Type::F32 | Type::F64 => json!(decoder.f64()?),
        _ => json!(i64::try_from(decoder.int()?).unwrap_or(i64::MAX)),
    })
}

/// Whether another entry follows; takes the break of a list without a length.
fn more(
    decoder: &mut Decoder<'_>,
    length: Option<u64>,
    seen: usize,
) -> Result<bool, minicbor::decode::Error> {
    match length {
        Some(length) => Ok((seen as u64) < length),
        None if decoder.datatype()? == Type::Break => {
            decoder.skip()?;
            Ok(false)
        }
        None => Ok(true),
    }
}

pub(super) fn write(output: &Value) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    put(&mut encoder, output).expect("memory");
    encoder.into_writer()
}

fn put(
    encoder: &mut Encoder<Vec<u8>>,
    output: &Value,
) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
    match output {
        Value::Null => encoder.null()?.ok(),
        Value::Bool(flag) => encoder.bool(*flag)?.ok(),
        // Values of metrics are doubles; nothing else in these shapes is a number.
        Value::Number(number) => encoder.f64(number.as_f64().expect("a number"))?.ok(),
        Value::String(text) => encoder.str(text)?.ok(),
        Value::Array(list) => {
            encoder.array(list.len() as u64)?;
            list.iter().try_for_each(|one| put(encoder, one))
        }
        Value::Object(object) => match object.get("$at") {
            Some(seconds) => {
                encoder.tag(Tag::new(EPOCH))?;
                encoder.i64(seconds.as_i64().expect("seconds"))?.ok()
            }
            None => {
                encoder.map(object.len() as u64)?;
                object.iter().try_for_each(|(key, one)| {
                    encoder.str(key)?;
                    put(encoder, one)
                })
            }
        },
    }
}
