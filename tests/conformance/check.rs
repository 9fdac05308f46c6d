//! What a check is, and what it says when it fails.

/// What a check found.
pub type Verdict = Result<(), Failure>;

/// Where a check stopped.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What the page says should come.
    pub expected: String,
    /// What came.
    pub came: String,
    /// It happened before the check's own question, in this step: `amy signs up`.
    pub on_the_way: Option<String>,
}

impl Failure {
    /// Something else came than expected.
    pub fn new(expected: impl Into<String>, came: impl Into<String>) -> Failure {
        Failure { expected: expected.into(), came: came.into(), on_the_way: None }
    }
}

/// Fails with these words unless it is so.
pub fn expect(so: bool, expected: impl Into<String>, came: impl Into<String>) -> Verdict {
    if so { Ok(()) } else { Err(Failure::new(expected, came)) }
}
