//! The file around the sections: what it is, which version, how long, and a checksum over all of it.

use alloc::vec::Vec;
use core::ops::Range;

use crate::error::{Code, EngineError, Phrase, Result};
use crate::snapshot::codec::{Reader, Writer};
use crate::snapshot::crc::crc32;

/// As PNG's: a byte that no text begins with, a name, and line ends that a transfer as text would change.
const MAGIC: [u8; 8] = *b"\x89PLIM\r\n\x1A";
/// Version of everything after the header. One more for every change of what is stored.
const FORMAT: u32 = 3;
/// Magic, format, content, length of the file (8 bytes), checksum (4), checksum of the base (4; zero where there is none).
const HEADER: usize = 32;
const CHECKSUM: Range<usize> = 24..28;
const BASE: Range<usize> = 28..32;

/// What a file holds.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Content {
    /// A whole engine.
    Engine = 1,
    /// Some accounts.
    Accounts = 2,
    /// What has changed in an engine since the file before it, its base, was made.
    Changes = 3,
}

impl Content {
    /// What refusals call a file of it, and how they say where one comes from.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Accounts => ("bytes", "bytes that exportAccounts() has made"),
            Self::Engine | Self::Changes => ("snapshot", "bytes that snapshot() has made"),
        }
    }
}

/// A file that is being written: sections one after another.
pub(crate) struct FileWriter(Writer);

impl FileWriter {
    /// A file of a content, resting on a base with that checksum, with room for so many bytes.
    pub(crate) fn new(content: Content, base: u32, bytes: usize) -> Self {
        let mut writer = Writer(Vec::with_capacity(HEADER + bytes));
        writer.0.extend_from_slice(&MAGIC);
        writer.put(&FORMAT);
        writer.put(&(content as u32));
        writer.0.resize(BASE.start, 0);
        writer.put(&base);
        Self(writer)
    }

    /// Writes a section: four letters, the length, and what `write` writes.
    pub(crate) fn section(&mut self, tag: &[u8; 4], write: impl FnOnce(&mut Writer)) {
        let at = self.begin(tag);
        write(&mut self.0);
        self.end(at);
    }

    /// Begins a section; returns where its length is to stand.
    #[inline(never)]
    fn begin(&mut self, tag: &[u8; 4]) -> usize {
        self.0 .0.extend_from_slice(tag);
        let at = self.0 .0.len();
        self.0.put(&0_u64);
        at
    }

    /// Ends the section whose length is to stand at `at`.
    #[inline(never)]
    fn end(&mut self, at: usize) {
        let length = (self.0 .0.len() - at - size_of::<u64>()) as u64;
        self.0 .0[at..at + size_of::<u64>()].copy_from_slice(&length.to_le_bytes());
    }

    /// The file with its length and checksum.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut bytes = self.0 .0;
        let length = (bytes.len() as u64).to_le_bytes();
        bytes[16..24].copy_from_slice(&length);
        let checksum = checksum(&bytes).to_le_bytes();
        bytes[CHECKSUM].copy_from_slice(&checksum);
        bytes
    }
}

/// What a file says its checksum is.
pub(crate) fn checksum_in(bytes: &[u8]) -> u32 {
    number_at(bytes, CHECKSUM)
}

fn number_at(bytes: &[u8], range: Range<usize>) -> u32 {
    bytes[range]
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}

fn checksum(bytes: &[u8]) -> u32 {
    crc32(&[&bytes[..CHECKSUM.start], &bytes[CHECKSUM.end..]])
}

/// A file that is being read.
#[derive(Clone, Copy)]
pub(crate) struct FileReader<'a> {
    /// From the file's beginning, with what follows it.
    bytes: &'a [u8],
    end: usize,
    at: usize,
}

impl<'a> FileReader<'a> {
    /// A file that is whole, of this version, and of the content asked for. Another one may follow it.
    ///
    /// # Errors
    /// [`Code::SnapshotTruncated`], [`Code::SnapshotKind`], [`Code::SnapshotVersion`], [`Code::SnapshotCorrupt`].
    pub(crate) fn open(bytes: &'a [u8], content: Content) -> Result<Self> {
        let (field, made) = content.words();
        let refuse = |code, expected: Phrase, came: Phrase| Err(EngineError::new(code, field, expected, came));
        if bytes.is_empty() {
            return refuse(Code::SnapshotTruncated, "at least a header long".into(), "empty".into());
        }
        let begin = MAGIC.len().min(bytes.len());
        if bytes[..begin] != MAGIC[..begin] {
            let came = "bytes that begin otherwise";
            return refuse(Code::SnapshotKind, made.into(), came.into());
        }
        let mut header = Reader::new(&bytes[begin..], field);
        let truncated = |length: f64| {
            let expected = Phrase::new("{} bytes long, as it says or more", [length]);
            EngineError::new(Code::SnapshotTruncated, field, expected, bytes.len())
        };
        let numbers = (header.get::<u32>(), header.get::<u32>(), header.get::<u64>());
        let (Ok(format), Ok(held), Ok(length)) = numbers else {
            return Err(truncated(HEADER as f64));
        };
        if format != FORMAT {
            let expected = Phrase::new("of format {}, which this version reads", [f64::from(FORMAT)]);
            return refuse(Code::SnapshotVersion, expected, format.into());
        }
        if length < HEADER as u64 || (bytes.len() as u64) < length {
            return Err(truncated((length as f64).max(HEADER as f64)));
        }
        let end = length as usize;
        let stated = checksum_in(bytes);
        let found = checksum(&bytes[..end]);
        if stated != found {
            let expected = Phrase::new("bytes with the checksum {}, as they say", [f64::from(stated)]);
            return refuse(Code::SnapshotCorrupt, expected, found.into());
        }
        if held != content as u32 {
            let came = "bytes of another content";
            return refuse(Code::SnapshotKind, made.into(), came.into());
        }
        Ok(Self { bytes, end, at: HEADER })
    }

    /// Bytes after the file.
    pub(crate) fn following(&self) -> &'a [u8] {
        &self.bytes[self.end..]
    }

    /// Refuses a file that rests on another than `base`.
    pub(crate) fn require_base(&self, base: &Self) -> Result<()> {
        let (stated, found) = (number_at(self.bytes, BASE), checksum_in(base.bytes));
        if stated == found {
            return Ok(());
        }
        let expected = Phrase::new(
            "changes to a snapshot with the checksum {}, as they say",
            [f64::from(stated)],
        );
        Err(EngineError::new(Code::SnapshotMismatch, "snapshot", expected, found))
    }

    /// The next section, which must bear this tag; `name` is what refusals call it.
    pub(crate) fn section(&mut self, tag: &[u8; 4], name: &'static str) -> Result<Reader<'a>> {
        let range = self.section_range(tag, name)?;
        Ok(Reader::new(&self.bytes[range], name))
    }

    /// Where the next section lies in the file.
    pub(crate) fn section_range(&mut self, tag: &[u8; 4], name: &'static str) -> Result<Range<usize>> {
        let mut reader = Reader::new(&self.bytes[self.at..self.end], name);
        let found = reader.take(tag.len())?;
        reader.require(found == tag, "the next section")?;
        let length: u64 = reader.get()?;
        let start = self.at + tag.len() + size_of::<u64>();
        reader.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        self.at = start + length as usize;
        Ok(start..self.at)
    }

    /// Refuses bytes of the file after the last section.
    pub(crate) fn end(&self) -> Result<()> {
        Reader::new(&self.bytes[self.at..self.end], "snapshot").end()
    }
}
