//! Owns the bytes that a thread has read from a socket and not used yet. One buffer serves all connections of its thread, one after the other.

use std::io;

use crate::stream::Stream;

/// How much is read at once.
const SIZE: usize = 64 * 1024;

/// Bytes read and not used yet.
#[derive(Debug, Default)]
pub(crate) struct ReadBuffer {
    data: Vec<u8>,
    start: usize,
    end: usize,
}

/// What a read gave.
pub(super) enum Fill {
    /// As much as there was room for: there may be more.
    Whole,
    /// Less than there was room for: the socket is empty.
    Part,
    /// Nothing for now.
    Nothing,
    /// The other side sends nothing more.
    End,
    /// The connection is broken.
    Broken,
}

impl ReadBuffer {
    /// The bytes that are not used yet.
    pub(super) fn unread(&self) -> &[u8] {
        &self.data[self.start..self.end]
    }

    /// Marks bytes as used.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Begins with a connection's own unread bytes.
    pub(super) fn load(&mut self, unread: &mut Vec<u8>) {
        self.start = 0;
        self.end = 0;
        if !unread.is_empty() {
            self.put_back(unread);
            *unread = Vec::new();
        }
    }

    /// Leaves the unread bytes to their connection.
    pub(super) fn save(&mut self, unread: &mut Vec<u8>) {
        if self.start < self.end {
            unread.extend_from_slice(self.unread());
        }
        self.start = 0;
        self.end = 0;
    }

    /// Puts bytes in front of the unread ones.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        let rest = self.end - self.start;
        self.reserve(bytes.len() + rest);
        self.data.copy_within(self.start..self.end, bytes.len());
        self.data[..bytes.len()].copy_from_slice(bytes);
        self.start = 0;
        self.end = bytes.len() + rest;
    }

    /// Reads once from the socket, behind the unread bytes.
    pub(super) fn fill(&mut self, stream: &Stream) -> Fill {
        if self.start > 0 {
            self.data.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        self.reserve(self.end + SIZE / 2);
        loop {
            let room = &mut self.data[self.end..];
            return match stream.read(room) {
                Ok(0) => Fill::End,
                Ok(count) => {
                    let whole = count == room.len();
                    self.end += count;
                    let more = whole || !stream.ends_with_short_read();
                    if more { Fill::Whole } else { Fill::Part }
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => continue,
                    io::ErrorKind::WouldBlock => Fill::Nothing,
                    _ => Fill::Broken,
                },
            };
        }
    }

    /// Makes room for `size` bytes in all.
    fn reserve(&mut self, size: usize) {
        if self.data.len() < size {
            self.data.resize(size.max(SIZE), 0);
        }
    }
}
