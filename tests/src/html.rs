//! Pages as a reader without JavaScript sees them.

use scraper::{Html, Selector};

/// A parsed page.
#[derive(Debug)]
pub struct Page {
    html: Html,
}

impl Page {
    /// Parses a document.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            html: Html::parse_document(text),
        }
    }

    /// Texts of all elements that a selector finds, with single spaces.
    ///
    /// # Panics
    /// When the selector is wrong.
    #[must_use]
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector");
        let text = |element: scraper::ElementRef<'_>| element.text().collect::<Vec<_>>().join(" ");
        self.html
            .select(&selector)
            .map(|element| text(element).split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// The text of the main part.
    #[must_use]
    pub fn main(&self) -> String {
        self.texts("main").join(" ")
    }

    /// Attributes of all elements that a selector finds.
    ///
    /// # Panics
    /// When the selector is wrong.
    #[must_use]
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector");
        let found = self.html.select(&selector);
        found
            .filter_map(|element| element.value().attr(name))
            .map(ToString::to_string)
            .collect()
    }
}
