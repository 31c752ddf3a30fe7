//! How answers travel: changes answer in JSON, read from text as the values inside a page are, so that the browser's
//! module holds one reader for it; what pages show is written down already. Used by [`crate::api`].

use crate::backend::Answer;
use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use std::str::Utf8Error;

/// JSON that is read from text.
#[derive(Debug)]
pub struct JsonText;

/// The encoding of an answer.
pub type Text = Post<JsonText>;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(answer: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(answer).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = str::from_utf8(&bytes).map_err(serde_json::Error::custom)?;
        serde_json::from_str(text)
    }
}

/// Text that is written already.
#[derive(Debug)]
pub struct Written;

/// The encoding of an [`Answer`].
pub type AsItIs = Post<Written>;

impl ContentType for Written {
    const CONTENT_TYPE: &'static str = "text/plain; charset=utf-8";
}

impl FormatType for Written {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encodes<Answer> for Written {
    type Error = Utf8Error;

    fn encode(answer: &Answer) -> Result<Bytes, Self::Error> {
        Ok(Bytes::copy_from_slice(answer.as_text().as_bytes()))
    }
}

impl Decodes<Answer> for Written {
    type Error = Utf8Error;

    fn decode(bytes: Bytes) -> Result<Answer, Self::Error> {
        str::from_utf8(&bytes).map(|text| Answer::from_text(text.to_string()))
    }
}
