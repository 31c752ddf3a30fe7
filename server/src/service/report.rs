//! The report of a migration: as a page, as a document that can be checked, and its exceptions as a table. Reads the
//! journal page by page; what the document says is put together in `crate::report`.

use super::words::{default_encryption, sentence};
use super::{Service, internal};
use crate::report::{Book, Link, Opening, Statement, document};
use app::backend::{AppError, LogLine, ReportPage, SettingRow};
use engine::Journal as _;
use futures::Stream;
use futures::stream::try_unfold;
use model::migration::{Entry, Recorded, Setting, Summary, later_counts};
use model::plan::MigrationId;

/// Lines of the history on the page, commands not counted.
const HISTORY_LINES: usize = 1000;

impl Service {
    async fn opening(&self, id: &MigrationId) -> Result<Opening, AppError> {
        let stored = self.stored_plan(id).await?;
        Ok(Opening {
            plan: stored.plan,
            planned_at: stored.created_at,
            planned_by: stored.created_by,
        })
    }

    /// The entries after a position with their hashes; none when there are no more.
    async fn next_links(
        &self,
        id: &MigrationId,
        after: u64,
        book: &mut Book,
    ) -> Result<(Vec<Recorded>, Vec<Link>), AppError> {
        let entries = self.inner.store.read(id, after).await;
        let entries = entries.map_err(|error| internal(&error))?;
        let links: Result<Vec<Link>, _> = entries.iter().map(|recorded| book.take(recorded)).collect();
        Ok((entries, links.map_err(|error| internal(&error))?))
    }

    /// The statement over a book that has all entries.
    fn statement(&self, opening: &Opening, book: &Book) -> Statement {
        let (summary, commands) = book.summary();
        Statement {
            made_at: self.inner.clock.now(),
            made_by: env!("CARGO_PKG_VERSION").to_string(),
            later: later_counts(&opening.plan, summary.ended_at, &self.known().snapshots),
            summary,
            commands,
        }
    }

    pub(super) async fn report_page(&self, id: &str) -> Result<ReportPage, AppError> {
        let id = MigrationId(id.to_string());
        let opening = self.opening(&id).await?;
        let mut book = Book::open(&opening).map_err(|error| internal(&error))?;
        let (mut history, mut lines, mut after) = (Vec::new(), 0, 0);
        loop {
            let (entries, links) = self.next_links(&id, after, &mut book).await?;
            let Some(last) = entries.last() else { break };
            after = last.seq;
            for (recorded, link) in entries.iter().zip(&links) {
                let Some(line) = history_line(recorded) else {
                    continue;
                };
                if !link.is_command() {
                    lines += 1;
                    if lines > HISTORY_LINES {
                        continue;
                    }
                }
                history.push(line);
            }
        }
        let statement = self.statement(&opening, &book);
        let chain = book.close(&statement).map_err(|error| internal(&error))?;
        Ok(ReportPage {
            settings: settings(&statement.summary),
            summary: statement.summary,
            later: statement.later,
            history,
            history_left_away: lines.saturating_sub(HISTORY_LINES) as u64,
            entries: chain.entries,
            opening_hash: chain.opening,
            last_hash: chain.last,
            made_at: statement.made_at,
            made_by: statement.made_by,
            plan: opening.plan,
            planned_at: opening.planned_at,
            planned_by: opening.planned_by,
        })
    }

    /// The document's text, part by part; a journal that cannot be read in the middle breaks it off.
    pub(crate) async fn report_document(
        &self,
        id: String,
    ) -> Result<impl Stream<Item = Result<String, AppError>> + use<>, AppError> {
        let id = MigrationId(id);
        let opening = self.opening(&id).await?;
        let writing = Writing {
            service: self.clone(),
            id,
            book: Book::open(&opening).map_err(|error| internal(&error))?,
            opening,
            part: Part::Head,
        };
        Ok(try_unfold(writing, Writing::next))
    }

    /// What the journal amounts to.
    pub(crate) async fn report_summary(&self, id: &str) -> Result<Summary, AppError> {
        let id = MigrationId(id.to_string());
        let opening = self.opening(&id).await?;
        let mut book = Book::open(&opening).map_err(|error| internal(&error))?;
        let mut after = 0;
        while let Some(last) = self.next_links(&id, after, &mut book).await?.0.last() {
            after = last.seq;
        }
        Ok(book.summary().0)
    }
}

/// Which part of the document comes next.
#[derive(Debug)]
enum Part {
    Head,
    /// Entries after a position.
    Entries(u64),
    Ended,
}

/// A document that is being written.
#[derive(Debug)]
struct Writing {
    service: Service,
    id: MigrationId,
    opening: Opening,
    book: Book,
    part: Part,
}

impl Writing {
    async fn next(mut self) -> Result<Option<(String, Self)>, AppError> {
        let text = match self.part {
            Part::Head => {
                self.part = Part::Entries(0);
                document::head(&self.opening)
            }
            Part::Entries(after) => {
                let (entries, links) = self.service.next_links(&self.id, after, &mut self.book).await?;
                if let Some(last) = entries.last() {
                    self.part = Part::Entries(last.seq);
                    document::entries(&links, after == 0)
                } else {
                    self.part = Part::Ended;
                    let statement = self.service.statement(&self.opening, &self.book);
                    let end = self.book.close(&statement).map_err(|error| internal(&error))?;
                    document::tail(&statement, &end)
                }
            }
            Part::Ended => return Ok(None),
        };
        Ok(Some((text.map_err(|error| internal(&error))?, self)))
    }
}

/// An entry for the history; batches are in the counts, their failures among the exceptions.
fn history_line(recorded: &Recorded) -> Option<LogLine> {
    if matches!(recorded.entry, Entry::BatchDone { .. }) {
        return None;
    }
    sentence(recorded).map(|text| LogLine {
        seq: recorded.seq,
        at: recorded.at,
        text,
    })
}

fn settings(summary: &Summary) -> Vec<SettingRow> {
    let buckets = summary.buckets.iter();
    let changed = buckets.filter_map(|bucket| {
        let change = bucket.default_encryption.as_ref()?;
        Some(SettingRow {
            bucket: bucket.bucket.clone(),
            before: default_encryption(change.previous.as_ref()),
            after: default_encryption(Some(&change.wanted)),
            is_set: change.is_set,
            is_restored: bucket.settings.contains_key(&Setting::DefaultRestored),
        })
    });
    changed.collect()
}
