//! How a connection ended. What is lost with it, and whether the client connects again, depends on
//! this.

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The server said goodbye.
    Bye,
    /// It said goodbye before this client was in.
    TurnedAway,
    /// The other side closed it without a goodbye: our session there has probably ended too.
    Closed,
    /// It is silent, or can't be reached: our session may still be there.
    Lost,
    /// This side closed it on the way back, to try again in a second.
    TooEarly,
    /// The person leaves.
    Left,
    /// The server does not keep to the protocol.
    NotUnderstood,
}

impl Ending {
    /// Whether neither side has said that it ends.
    pub fn is_loss(self) -> bool {
        matches!(self, Ending::Closed | Ending::Lost | Ending::TooEarly)
    }
}
