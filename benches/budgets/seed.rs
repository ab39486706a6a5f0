//! Where the bytes of the inputs come from: one small generator, seeded per input.
//!
//! Nothing here is random from run to run: the same seed gives the same bytes on every
//! platform, so that figures of two versions of krgate are about the same inputs.

use std::fmt::Write as _;

/// `SplitMix64`: 64 bits of state, good enough to vary text and lines.
#[derive(Debug, Clone)]
pub(crate) struct Seed(u64);

const WORDS: [&str; 64] = [
    "access", "allow", "array", "attacker", "before", "buffer", "build", "call", "check", "class",
    "client", "code", "command", "content", "control", "data", "default", "depends", "derived",
    "file", "flow", "function", "handler", "header", "host", "index", "input", "into", "key",
    "length", "library", "limit", "load", "local", "loop", "memory", "method", "module", "object",
    "offset", "open", "output", "package", "parse", "path", "pointer", "query", "read", "remote",
    "request", "result", "return", "server", "session", "source", "string", "table", "token",
    "unsafe", "user", "value", "version", "window", "write",
];

const CODE: [&str; 12] = [
    "    if request is None or not request.is_valid():",
    "        return jsonify({\"error\": \"invalid schema\"}), 400",
    "    key = store.lookup(data[\"username\"], data[\"password\"])",
    "    for (size_t i = 0; i < length; i++) {",
    "\tlog.Printf(\"%s: %d of %d\", name, done, total)",
    "    const rows = await db.query(`SELECT * FROM ${table} WHERE id = ${id}`);",
    "    @Override public String toString() { return \"\\\"\" + value + \"\\\"\"; }",
    "",
    "    # the caller has checked the length",
    "    memcpy(target + offset, source, count);",
    "    let path = root.join(name).canonicalize()?;",
    "    }",
];

impl Seed {
    /// A generator of its own for one input.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `end`, `end` left out; 0 where `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// A number from `start` to `end`, both in.
    pub(crate) fn between(&mut self, start: u64, end: u64) -> u64 {
        start + self.below((end + 1).saturating_sub(start))
    }

    /// One of the given strings.
    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let end = u64::try_from(from.len()).unwrap_or(0);
        let index = usize::try_from(self.below(end)).unwrap_or(0);
        from.get(index).copied().unwrap_or_default()
    }

    /// Words to at least `length` bytes, a full stop and a capital here and there.
    pub(crate) fn prose(&mut self, length: usize) -> String {
        let mut out = String::with_capacity(length + 16);
        while out.len() < length {
            let word = self.pick(&WORDS);
            match self.below(12) {
                0 => {
                    out.push_str(word);
                    out.push_str(". The ");
                }
                1 => {
                    out.push_str(word);
                    out.push_str(", ");
                }
                _ => {
                    out.push_str(word);
                    out.push(' ');
                }
            }
        }
        out
    }

    /// So many lines of code, each with its line feed.
    pub(crate) fn code(&mut self, lines: u64) -> String {
        let mut out = String::new();
        for _ in 0..lines {
            out.push_str(self.pick(&CODE));
            out.push('\n');
        }
        out
    }

    /// So many lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let mut out = String::with_capacity(digits + 16);
        while out.len() < digits {
            let _ = write!(out, "{:016x}", self.next());
        }
        out.truncate(digits);
        out
    }

    /// A path a few folders deep that ends in `number`, so that other numbers give other
    /// paths.
    pub(crate) fn path(number: u64, extension: &str) -> String {
        let mut own = Self::new(number ^ 0x7061_7468);
        let mut out = own
            .pick(&["src", "services", "lib", "web", "infra/prod"])
            .to_owned();
        for _ in 0..own.between(1, 4) {
            out.push('/');
            out.push_str(own.pick(&WORDS));
        }
        let _ = write!(out, "/{}_{number}.{extension}", own.pick(&WORDS));
        out
    }
}
